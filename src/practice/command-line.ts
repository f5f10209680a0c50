import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** What a command printed, both streams, and how it ended. */
export interface Run {
  readonly code: number;
  readonly out: string;
}

const TIMEOUT_MS = 30_000;

/** This program's own command line, as another process, on the data of `folder`. */
export function countersign(folder: string, args: readonly string[]): Promise<Run> {
  const entry = fileURLToPath(new URL(`../cli${extname(import.meta.url)}`, import.meta.url));
  const env = { COUNTERSIGN_DATA: folder };
  return run([...process.execArgv, entry, ...args], folder, env);
}

/** A script that Node runs by itself: no package, no setting of ours. */
export const withNodeAlone = (script: string, args: readonly string[], folder: string): Promise<Run> =>
  run([script, ...args], folder, {});

function run(args: readonly string[], cwd: string, env: Readonly<Record<string, string>>): Promise<Run> {
  return new Promise((resolve) => {
    const options = { cwd, env, timeout: TIMEOUT_MS };
    execFile(process.execPath, [...args], options, (error, stdout, stderr) => {
      const code = error === null ? 0 : typeof error.code === 'number' ? error.code : -1;
      resolve({ code, out: `${stdout}${stderr}` });
    });
  });
}

/** The standalone verifier: as it was built, or, run from source, bundled now into `folder`. */
export async function standaloneVerifier(folder: string): Promise<string> {
  const built = fileURLToPath(new URL(`../${VERIFIER}`, import.meta.url));
  if (existsSync(built)) return built;
  const { build } = await import('esbuild');
  const outfile = join(folder, VERIFIER);
  const entry = fileURLToPath(new URL('../verifier.ts', import.meta.url));
  await build({
    entryPoints: [entry],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    logLevel: 'silent',
  });
  return outfile;
}

const VERIFIER = 'countersign-verify.mjs';
