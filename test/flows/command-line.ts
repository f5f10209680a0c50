import { vi } from 'vitest';
import { runCli } from '../../src/cli/program.ts';
import type { Env } from '../../src/config.ts';
import type { Ran } from './process.ts';

const OURS = /^(COUNTERSIGN|SLACK|SHOP)_/;

/** The command line in this process, for it is quicker; with `env` for its settings, and what it printed. */
export async function runHere(args: readonly string[], env: Env, cwd: string): Promise<Ran> {
  let out = '';
  let err = '';
  for (const name of Object.keys(process.env)) if (OURS.test(name)) vi.stubEnv(name, undefined);
  for (const [name, value] of Object.entries(env)) vi.stubEnv(name, value);
  vi.spyOn(process, 'cwd').mockReturnValue(cwd);
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => (out += String(text)) !== '');
  vi.spyOn(process.stderr, 'write').mockImplementation((text) => (err += String(text)) !== '');
  try {
    process.exitCode = undefined;
    const code = await runCli(args);
    return { code, out, err };
  } finally {
    process.exitCode = undefined;
    vi.unstubAllEnvs();
    vi.restoreAllMocks();
  }
}
