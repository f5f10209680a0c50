import { execFile } from 'node:child_process';
import { LIMITS } from '../limits.ts';

export interface Authorship {
  /** Of the last change to the files; null: they are not under git, or differ from what is. */
  readonly commit: string | null;
  /** Who made it, as they told git; that is no identity. */
  readonly author: string | null;
}

const NOBODY: Authorship = { commit: null, author: null };

/** Who changed these files of a folder last, where git can tell. What git cannot tell is not known; never throws. */
export async function authorshipOf(folder: string, files: readonly string[]): Promise<Authorship> {
  const differing = await git(folder, [
    'status',
    '--porcelain',
    '--ignored',
    '--untracked-files=all',
    '--',
    ...files,
  ]);
  if (differing !== '') return NOBODY;
  const last = await git(folder, ['log', '-1', '--no-show-signature', '--format=%H%n%an', '--', ...files]);
  const [commit = '', author = ''] = (last ?? '').split('\n');
  if (!/^[0-9a-f]{40,64}$/.test(commit)) return NOBODY;
  return { commit, author: author.trim().slice(0, AUTHOR_MAX_CHARS).toWellFormed() || null };
}
const AUTHOR_MAX_CHARS = 200;

/**
 * What git prints; null when it is not there, takes too long or fails, as for a folder that is another user's, whose
 * configuration could name programs to run. Nothing is configured but by the repository itself, and what it could have
 * run is turned off.
 */
function git(folder: string, args: readonly string[]): Promise<string | null> {
  const safe = [
    'core.fsmonitor=false',
    'core.hooksPath=/dev/null',
    'core.pager=cat',
    'log.showSignature=false',
  ];
  const options = {
    cwd: folder,
    timeout: LIMITS.gitTimeoutMs,
    killSignal: 'SIGKILL',
    maxBuffer: LIMITS.gitAnswerMaxBytes,
    env: {
      PATH: '/usr/local/bin:/usr/bin:/bin:/opt/homebrew/bin',
      GIT_CONFIG_NOSYSTEM: '1',
      GIT_CONFIG_GLOBAL: '/dev/null',
      GIT_OPTIONAL_LOCKS: '0',
      GIT_TERMINAL_PROMPT: '0',
      LC_ALL: 'C',
    },
  } as const;
  const all = ['--no-pager', '--literal-pathspecs', ...safe.flatMap((each) => ['-c', each]), ...args];
  return new Promise((resolve) => {
    execFile('git', all, options, (error, stdout) => resolve(error === null ? stdout : null));
  });
}
