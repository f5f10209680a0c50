import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createSlack, type Slack, type SlackConfig } from '../../src/chat/slack/index.ts';
import type { Notice } from '../../src/ports/chat.ts';
import type { Clock } from '../../src/ports/clock.ts';
import type { Actor, Intent, OnIntent, Reply } from '../../src/ports/intent.ts';
import type { LogFields, Logger } from '../../src/ports/logger.ts';
import type { RequestView } from '../../src/ports/view.ts';
import { startWorkspace, type Workspace } from '../../src/workspace/server.ts';
import { aHome, aPreview, aTerms, EMPTY_DRAFT, ID, TEAM } from './samples.ts';

/** The machine's clock, which a test may put forward; waits are real. */
export class TestClock implements Clock {
  aheadMs = 0;
  now(): number {
    return Date.now() + this.aheadMs;
  }
  wait(ms: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      if (signal?.aborted) return resolve();
      const timer = setTimeout(resolve, ms);
      signal?.addEventListener('abort', () => {
        clearTimeout(timer);
        resolve();
      });
    });
  }
}

/** Keeps what was logged, as text. */
export class TestLogger implements Logger {
  readonly lines: string[] = [];
  #keep(level: string, fields: LogFields, message: string): void {
    const said = Object.entries(fields).map(([name, value]) =>
      value instanceof Error ? `${name}=${value.stack}` : `${name}=${JSON.stringify(value)}`,
    );
    this.lines.push([level, message, ...said].join(' '));
  }
  debug = (fields: LogFields, message: string) => this.#keep('debug', fields, message);
  info = (fields: LogFields, message: string) => this.#keep('info', fields, message);
  warn = (fields: LogFields, message: string) => this.#keep('warn', fields, message);
  error = (fields: LogFields, message: string) => this.#keep('error', fields, message);
  child = () => this;
}

type Answer<K extends Intent['kind']> = (
  intent: Extract<Intent, { kind: K }>,
  actor: Actor,
) => Reply | Promise<Reply>;

/** Stands for the core: answers as it was told to, and remembers what it was asked. */
export class Core {
  readonly asked: { readonly actor: Actor; readonly intent: Intent }[] = [];
  readonly #answers = new Map<string, Answer<never>>();
  constructor() {
    this.on('open-form', ({ entitlement }) => {
      const draft = { ...EMPTY_DRAFT, entitlement };
      return { kind: 'form', draft, preview: aPreview(draft) };
    });
    this.on('preview', ({ draft }) => ({ kind: 'form', draft, preview: aPreview(draft, aTerms()) }));
    this.on('home', () => ({ kind: 'home', home: aHome() }));
    this.on('mine', () => ({ kind: 'mine', home: aHome() }));
  }
  on<K extends Intent['kind']>(kind: K, answer: Answer<K>): this {
    this.#answers.set(kind, answer as unknown as Answer<never>);
    return this;
  }
  of<K extends Intent['kind']>(kind: K): Extract<Intent, { kind: K }>[] {
    return this.asked.flatMap(({ intent }) =>
      intent.kind === kind ? [intent as Extract<Intent, { kind: K }>] : [],
    );
  }
  readonly onIntent: OnIntent = async (actor, intent) => {
    this.asked.push({ actor, intent });
    const answer = this.#answers.get(intent.kind);
    return answer
      ? await answer(intent as never, actor)
      : { kind: 'trouble', incident: `no answer to ${intent.kind}` };
  };
}

export interface Bench extends AsyncDisposable {
  readonly workspace: Workspace;
  readonly slack: Slack;
  readonly core: Core;
  readonly clock: TestClock;
  readonly logger: TestLogger;
  /** Where Slack's requests go, over HTTP. */
  readonly url: string;
}

const USERS = [
  { id: 'U0ADA', name: 'ada', realName: 'Ada Lovelace', title: 'Engineer', tz: 'Europe/Zurich' },
  { id: 'U0BO', name: 'bo', realName: 'Bo Diddley', title: 'Owner of orders', tz: 'America/New_York' },
  { id: 'U0CLEO', name: 'cleo', realName: 'Cleo Chen', title: 'Database admin' },
  { id: 'U0DAN', name: 'dan', realName: 'Dan Okafor', title: 'Database admin' },
  { id: 'U0GUEST', name: 'guest', realName: 'A Guest', isRestricted: true },
  { id: 'U0STRANGER', name: 'stranger', realName: 'A Stranger', isStranger: true, teamId: 'T0ELSEWHERE' },
  { id: 'U0GONE', name: 'gone', realName: 'Someone Gone', deleted: true },
  { id: 'U0ROBOT', name: 'robot', realName: 'A Robot', isBot: true },
];
const MEMBERS = ['U0ADA', 'U0BO', 'U0CLEO', 'U0DAN', 'U0GUEST', 'U0BOT'];

export interface BenchOptions {
  readonly mode?: 'http' | 'socket';
  readonly page?: boolean;
  readonly teams?: readonly string[];
}

/** The real adapter on a workspace that plays Slack, over signed HTTP or Socket Mode. */
export async function startBench({ mode = 'http', page = false, teams }: BenchOptions = {}): Promise<Bench> {
  const clock = new TestClock();
  const logger = new TestLogger();
  const core = new Core();
  const workspace = await startWorkspace({
    page,
    now: () => clock.now(),
    team: { id: TEAM, name: 'Acme', domain: 'acme' },
    users: USERS,
    channels: [
      { id: 'C0ORDERS', name: 'access-orders', members: MEMBERS },
      { id: 'C0OTHER', name: 'access-other', members: MEMBERS },
      { id: 'C0CLOSED', name: 'closed', members: ['U0ADA'] },
    ],
    app: {
      name: 'Countersign',
      commands: [
        { command: '/elevate', description: 'Ask for access', shouldEscape: true },
        { command: '/other', description: 'Not ours' },
      ],
    },
    eventRetryDelaysMs: [0],
  });
  const secrets =
    mode === 'http'
      ? ({ mode, signingSecret: workspace.signingSecret } as const)
      : ({ mode, appToken: workspace.appToken } as const);
  const config: SlackConfig = {
    botToken: workspace.botToken,
    apiUrl: workspace.slackApiUrl,
    ...secrets,
    ...(teams && { teams: () => teams }),
  };
  const slack = createSlack({ config, clock, logger, onIntent: core.onIntent });
  const server = createServer((request, response) => void slack.handler?.(request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/slack/events`;
  if (mode === 'http') workspace.connectApp({ requestUrl: url });
  await slack.start();
  return {
    workspace,
    slack,
    core,
    clock,
    logger,
    url,
    async [Symbol.asyncDispose]() {
      await slack.stop();
      await workspace[Symbol.asyncDispose]();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

export const cardOf = (bench: Bench, user: string, view: RequestView) =>
  messageOf(bench, user, { kind: 'request-card', view });

/** A notice in the channel, as one person finds it there. */
export const messageOf = async (bench: Bench, user: string, notice: Notice) => {
  const { ts } = await bench.slack.chat.post(
    { conversation: 'C0ORDERS', thread: null },
    notice,
    `${ID}/card`,
  );
  const person = bench.workspace.as(user);
  const message = person.messages('C0ORDERS').find((each) => each.ts === ts);
  if (!message) throw new Error('the card is not there');
  return { person, message };
};

export const textOf = (value: unknown): string => JSON.stringify(value ?? null);

/** Something that is slow until it is opened. */
export function aGate() {
  let open = (): void => {};
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { opened, open };
}
