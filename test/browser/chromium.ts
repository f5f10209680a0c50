import { existsSync } from 'node:fs';
import { type Browser, chromium } from 'playwright-core';

const found = [process.env['CHROMIUM_PATH'], '/usr/bin/chromium', '/usr/bin/google-chrome']
  .filter((path) => path !== undefined)
  .find((path) => existsSync(path));

/** Why the browser tests cannot run here, or null. In CI they must: a missing browser fails there. */
export const noBrowser: string | null =
  found === undefined && !process.env['CI']
    ? 'no browser: install chromium, or name one in CHROMIUM_PATH'
    : null;

/** Headless, and without the requests of its own that a browser makes at its start. */
export function openBrowser(): Promise<Browser> {
  if (found === undefined) throw new Error('no browser; install the package chromium, or set CHROMIUM_PATH');
  return chromium.launch({
    executablePath: found,
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-sync',
      '--disable-background-networking',
      '--disable-component-update',
    ],
  });
}
