import { execFileSync } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { authorshipOf } from '../../src/rules/git.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'countersign-git-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const NOBODY = { commit: null, author: null };
const git = (...args: readonly string[]) =>
  execFileSync('git', ['-c', 'user.name=Gail Git', '-c', 'user.email=g@counter.example', ...args], {
    cwd: folder,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  });
const commit = (file: string, text: string) => {
  writeFileSync(join(folder, file), text);
  git('add', '-f', file);
  git('commit', '-qm', file);
  return git('rev-parse', 'HEAD').trim();
};

it('names the last commit of these files, and whose it is; of others it takes no notice', async () => {
  git('init', '-q');
  const mine = commit('catalogue.yaml', 'one');
  commit('readme.md', 'other');
  writeFileSync(join(folder, 'notes.txt'), 'untracked');
  expect(await authorshipOf(folder, ['catalogue.yaml'])).toEqual({ commit: mine, author: 'Gail Git' });
});

it('knows nothing of files that were changed, added, or ignored by git', async () => {
  git('init', '-q');
  commit('catalogue.yaml', 'one');
  commit('.gitignore', 'secret.cedar\n');
  writeFileSync(join(folder, 'secret.cedar'), 'ignored');
  expect(await authorshipOf(folder, ['catalogue.yaml', 'secret.cedar'])).toEqual(NOBODY);
  writeFileSync(join(folder, 'new.cedar'), 'new');
  expect(await authorshipOf(folder, ['catalogue.yaml', 'new.cedar'])).toEqual(NOBODY);
  writeFileSync(join(folder, 'catalogue.yaml'), 'two');
  expect(await authorshipOf(folder, ['catalogue.yaml'])).toEqual(NOBODY);
});

it('knows nothing where there is no repository, or no such folder', async () => {
  writeFileSync(join(folder, 'catalogue.yaml'), 'one');
  expect(await authorshipOf(folder, ['catalogue.yaml'])).toEqual(NOBODY);
  expect(await authorshipOf(join(folder, 'gone'), ['catalogue.yaml'])).toEqual(NOBODY);
});

it('takes a file’s name for a name, and not for an option or a pattern', async () => {
  git('init', '-q');
  commit('catalogue.yaml', 'one');
  expect(await authorshipOf(folder, ['*.yaml'])).toEqual(NOBODY);
  expect(await authorshipOf(folder, ['--output=/tmp/x'])).toEqual(NOBODY);
});

it('runs no program that the repository names', async () => {
  git('init', '-q');
  commit('catalogue.yaml', 'one');
  const trap = join(folder, 'trap.sh');
  const sprung = join(folder, 'sprung');
  writeFileSync(trap, `#!/bin/sh\ntouch ${sprung}\n`);
  chmodSync(trap, 0o755);
  for (const name of ['core.fsmonitor', 'core.pager', 'gpg.program']) git('config', name, trap);
  git('config', 'log.showSignature', 'true');
  expect((await authorshipOf(folder, ['catalogue.yaml'])).author).toBe('Gail Git');
  expect(() => rmSync(sprung)).toThrow('ENOENT');
});
