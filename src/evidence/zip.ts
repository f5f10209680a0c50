import { zipSync } from 'fflate';
import type { Bundle } from './bundle.ts';

/** The same for every archive, in whatever zone it is made: the format keeps local time, from 1980 on. */
const noTime = (): Date => new Date(1980, 0, 2, 12);

/** The bundle as one ZIP archive in a folder of this name: the same bytes for the same bundle. */
export function zipOf(bundle: Bundle, folder: string): Uint8Array {
  const files = [...bundle].map(([path, bytes]) => [`${folder}/${path}`, bytes]);
  return zipSync(Object.fromEntries(files), { mtime: noTime(), level: 9 });
}
