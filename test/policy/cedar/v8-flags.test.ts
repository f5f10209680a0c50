import { execFile } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { importsOf, read } from '../../architecture/source.ts';

const TSX = import.meta.resolve('tsx');
const BUSY = fileURLToPath(new URL('busy.ts', import.meta.url));
const pathOf = (file: string) => fileURLToPath(new URL(file, import.meta.url));
const sourceOf = (file: string) => readFileSync(pathOf(file), 'utf8');

interface Ended {
  /** Of the exit, or 133 where V8 ended the process by a trap. */
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** A process of its own, with no flag but what its own imports set. */
function run(args: readonly string[]): Promise<Ended> {
  return new Promise((resolve) => {
    const options = { cwd: tmpdir(), env: { PATH: '/usr/bin:/bin' }, timeout: 100_000 };
    const child = execFile(process.execPath, ['--import', TSX, ...args], options, (_error, out, err) => {
      resolve({ code: child.signalCode === 'SIGTRAP' ? 133 : (child.exitCode ?? -1), out, err });
    });
  });
}

describe('a process that calls Cedar from many places while V8 changes its mind', () => {
  it('goes on, and every answer is right', { timeout: 120_000 }, async () => {
    expect(await run([BUSY, 'protected', '4500'])).toEqual({
      code: 0,
      out: '27000 of 27000\n',
      err: '',
    });
  });

  // What the flag is for. On other versions this may be mended, or hidden; on 20 it shows that the check above can fail.
  it.runIf(process.versions.node.startsWith('20.'))(
    'is aborted by V8 when the flag is taken away again',
    { timeout: 120_000 },
    async () => {
      const { code, err } = await run([BUSY, 'unprotected', '4500']);
      expect(code).toBe(133);
      expect(err).toContain('DoComputeBuiltinContinuation');
    },
  );
});

describe('the flag', () => {
  it.each(['../../../src/cli.ts', '../../../src/policy/cedar/wasm.ts'])(
    'is the first import of %s',
    (file) => {
      expect(importsOf(read(sourceOf(file)))[0]?.specifier).toMatch(/^(?:\.\.?\/)+v8-flags\.ts$/);
    },
  );

  it('is set by the command line before anything is compiled to WebAssembly', {
    timeout: 60_000,
  }, async () => {
    const watch = `
      import module from 'node:module';
      import v8 from 'node:v8';
      const set = v8.setFlagsFromString;
      v8.setFlagsFromString = (flag) => { console.error(flag); set(flag); };
      module.syncBuiltinESMExports();
      const compile = WebAssembly.Module;
      WebAssembly.Module = function (bytes) { console.error('WebAssembly'); return new compile(bytes); };
    `;
    const { err } = await run([
      '--import',
      `data:text/javascript,${encodeURIComponent(watch)}`,
      pathOf('../../../src/cli.ts'),
      '--help',
    ]);
    expect(err.split('\n')[0]).toBe('--no-turbo-inline-js-wasm-calls');
  });

  it('comes with every import of Cedar: there is one', () => {
    const sources = readdirSync(pathOf('../../../src'), { recursive: true, encoding: 'utf8' });
    const importing = sources.filter(
      (file) =>
        file.endsWith('.ts') && sourceOf(`../../../src/${file}`).includes("'@cedar-policy/cedar-wasm"),
    );
    expect(importing).toEqual(['policy/cedar/wasm.ts']);
  });
});
