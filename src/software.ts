import { readFileSync } from 'node:fs';
import { z } from 'zod';

const PACKAGE = new URL('../package.json', import.meta.url);

/** What this program is: its name and version. Beside `src` and `dist` alike. */
export const software = (): { readonly name: string; readonly version: string } =>
  z.object({ name: z.string(), version: z.string() }).parse(JSON.parse(readFileSync(PACKAGE, 'utf8')));

/** As what it makes says it: "countersign 0.1.0". */
export function softwareName(): string {
  const { name, version } = software();
  return `${name} ${version}`;
}
