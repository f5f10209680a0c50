import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Env } from '../../src/config.ts';
import type { Flow } from './world.ts';

const CLI = fileURLToPath(new URL('../../src/cli.ts', import.meta.url));
const TSX = import.meta.resolve('tsx');

export interface Ran {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/** The settings of a real installation against this flow's workspace and target. */
export function settingsOf(flow: Flow): Env {
  const { botToken, signingSecret, slackApiUrl } = flow.workspace;
  return {
    ...flow.settings,
    COUNTERSIGN_KEYS: join(flow.folder, 'keys'),
    COUNTERSIGN_PORT: '0',
    SLACK_BOT_TOKEN: botToken,
    SLACK_SIGNING_SECRET: signingSecret,
    SLACK_API_URL: slackApiUrl,
  };
}

/** The command line in a process of its own, in an empty environment but for `env`. */
function spawnCli(args: readonly string[], env: Env, cwd: string): ChildProcess {
  const own = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== undefined));
  return spawn(process.execPath, ['--import', TSX, CLI, ...args], {
    cwd,
    env: { PATH: '/usr/bin:/bin', HOME: cwd, TZ: 'UTC', NODE_NO_WARNINGS: '1', ...own },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}

function ended(child: ChildProcess): Promise<Ran> {
  let out = '';
  let err = '';
  child.stdout?.setEncoding('utf8').on('data', (text: string) => (out += text));
  child.stderr?.setEncoding('utf8').on('data', (text: string) => (err += text));
  return new Promise((resolve) => child.once('close', (code) => resolve({ code, out, err })));
}

export const runAlone = (args: readonly string[], env: Env, cwd: string): Promise<Ran> =>
  ended(spawnCli(args, env, cwd));

/** The bot in a process of its own, to be killed. */
export class BotProcess {
  readonly #flow: Flow;
  #child: ChildProcess | null = null;
  #log = '';
  kills = 0;
  /** When it was up, each time. */
  readonly starts: number[] = [];

  constructor(flow: Flow) {
    this.#flow = flow;
  }

  get log(): string {
    return this.#log;
  }

  get pid(): number | undefined {
    return this.#child?.pid;
  }

  /** Resolves when it listens and Slack knows where. */
  async start(): Promise<void> {
    const child = spawnCli(['start'], settingsOf(this.#flow), this.#flow.folder);
    this.#child = child;
    let text = '';
    const url = await new Promise<string>((resolve, reject) => {
      const take = (chunk: string): void => {
        text += chunk;
        this.#log += chunk;
        const up = /"url":"(http:[^"]+)".*countersign is up/.exec(text);
        if (up?.[1] !== undefined) resolve(up[1]);
      };
      child.stdout?.setEncoding('utf8').on('data', take);
      child.stderr?.setEncoding('utf8').on('data', take);
      child.once('exit', (code) => reject(new Error(`the bot ended (${code}) before it was up:\n${text}`)));
    });
    this.#flow.workspace.connectApp({ requestUrl: `${url}/slack/events` });
    this.starts.push(Date.now());
  }

  async kill(): Promise<void> {
    this.kills += 1;
    await this.#end('SIGKILL');
  }

  /** Asks it to leave; answers its exit code. */
  stop(): Promise<number | null> {
    return this.#end('SIGTERM');
  }

  async #end(signal: NodeJS.Signals): Promise<number | null> {
    const child = this.#child;
    this.#child = null;
    if (child === null || child.exitCode !== null || child.signalCode !== null)
      return child?.exitCode ?? null;
    const exited = new Promise<number | null>((resolve) => child.once('exit', (code) => resolve(code)));
    child.kill(signal);
    return exited;
  }
}
