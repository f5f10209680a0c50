import { cp, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { sendOrder } from '../../src/admin.ts';
import { ACTION } from '../../src/chat/intent.ts';
import { loadKeys } from '../../src/keys.ts';
import { LIMITS } from '../../src/limits.ts';
import { refusal } from '../../src/practice/login.ts';
import { textOf } from '../../src/practice/people.ts';
import { logStream } from '../../src/domain/journal.ts';
import { approveBoth, ask, expectToldOnce, granted, reveal, told } from './acting.ts';
import { runHere } from './command-line.ts';
import { BotProcess, settingsOf } from './process.ts';
import { eventually, type Flow, openFlow } from './world.ts';

const LOG = 'access-log';
let flow: Flow;
let original: string;
beforeAll(async () => {
  flow = await openFlow({ catalogue: (yaml) => (original = yaml) });
});
afterAll(() => flow[Symbol.asyncDispose]());
afterEach(async () => {
  await rm(more(), { force: true });
  await edit((yaml) => yaml, original);
});

const more = () => join(flow.folder, 'policies', 'more.cedar');
const NO_APPROVALS = `@id("forbid.approvals")
@says("Nobody approves anything today.")
forbid (principal, action == Action::"approve", resource);
`;
const WITHOUT_ANA = (yaml: string) => yaml.replace('members: [ana, ben]', 'members: [ben]');

/** Edits the catalogue and says that it is ready, as SIGHUP does. */
async function edit(change: (yaml: string) => string, from = original): Promise<void> {
  await writeFile(flow.catalogueFile, change(from));
  await flow.bot.reload();
}

const loads = async () => {
  const found = await flow.bot.store.search({ stream: logStream, types: ['RulesLoaded'], limit: 1_000 });
  return found.flatMap(({ type, data }) => (type === 'RulesLoaded' ? [data] : []));
};
const inForce = async () => (await loads()).at(-1)?.digest ?? '';
const saysInLog = (part: string) => flow.people.cleo.message(LOG, (text) => text.includes(part), part);
const metric = async (name: string) => {
  const text = await (await fetch(`${flow.bot.url}/metrics`)).text();
  return text.split('\n').find((line) => line.startsWith(`countersign_${name}`));
};

it('a policy that is edited while the bot runs decides the next click; mended, it does not', async () => {
  const { ana, cleo } = flow.people;
  const asked = await ask(ana);
  const before = await inForce();
  await writeFile(more(), NO_APPROVALS);
  await eventually(async () => {
    flow.clock.forward(LIMITS.rulesPollMs);
    return (await inForce()) !== before;
  }, 'the edit to be seen');
  expect((await loads()).at(-1)).toMatchObject({
    cause: 'changed',
    previous: before,
    changes: { added: ['policy/forbid.approvals'], removed: [], changed: [] },
  });
  expect(await told(cleo, () => cleo.press(asked.card, ACTION.approve))).not.toBe('');
  expect((await flow.state(asked.id)).ballot.approvals).toEqual([]);
  await saysInLog('1 added: policy/forbid.approvals');
  await rm(more());
  await flow.bot.reload();
  await approveBoth(flow, asked);
  const state = await flow.until(asked.id, 'active');
  expect(state.ballot.approvals).toHaveLength(2);
  await ana.type('general', `done ${asked.id}`);
  await flow.until(asked.id, 'revoked');
  await expectToldOnce(flow, asked);
});

it('a broken edit is refused and told, and what was in force goes on, also after a restart', async () => {
  const { ana } = flow.people;
  const before = await inForce();
  await edit((yaml) => yaml.replace('quorum: 2', 'quorum: two'));
  expect(await inForce()).toBe(before);
  const message = await saysInLog('refused');
  expect(textOf(message)).toContain('catalogue.yaml:');
  expect(textOf(message)).not.toContain(flow.folder);
  expect(await metric('rules_refused')).toBe('countersign_rules_refused 1');
  expect(await metric('rules_info')).toContain(`digest="${before.slice(0, 12)}"`);
  expect((await fetch(`${flow.bot.url}/readyz`)).status).toBe(200);
  await flow.restart();
  expect(await inForce()).toBe(before);
  const asked = await granted(flow, ana);
  await edit((yaml) => yaml);
  await saysInLog('can be read again');
  expect(await metric('rules_refused')).toBe('countersign_rules_refused 0');
  await ana.type('general', `done ${asked.id}`);
  await flow.until(asked.id, 'revoked');
});

it('an edit that makes a live grant inadmissible ends it, and proves it gone', async () => {
  const { ana } = flow.people;
  const asked = await granted(flow, ana);
  const url = await reveal(ana, asked);
  expect(await refusal(url)).toBeNull();
  await edit(WITHOUT_ANA);
  const state = await flow.until(asked.id, 'revoked');
  expect(state.revocation?.trigger).toBe('policy-changed');
  expect(state.revocation?.proof?.loginRefused).toBe('yes');
  expect(await refusal(url)).toMatch(/^28P01/);
  await expectToldOnce(flow, asked);
});

it('an operator goes back to the rules before; they stay until the folder says something new', async () => {
  const { ana } = flow.people;
  const before = await inForce();
  await edit(WITHOUT_ANA);
  const after = await inForce();
  expect(after).not.toBe(before);
  const keys = loadKeys(flow.config().keysFolder, { create: false });
  const revert = (as: string, version: string) => {
    const order = { order: 'revert-rules', as, version, reason: 'Ana is needed' } as const;
    return sendOrder(flow.bot.url, keys, order, flow.clock.now());
  };
  expect(await revert('ana', before)).toMatchObject({ kind: 'refused', code: 'not-an-operator' });
  expect(await revert('finn', 'ffffff')).toMatchObject({ kind: 'refused', code: 'no-such-version' });
  expect(await revert('finn', before.slice(0, 12))).toEqual({
    kind: 'reverted',
    digest: before,
    previous: after,
  });
  await saysInLog('put back earlier rules');
  await flow.restart();
  expect(await inForce()).toBe(before);
  const asked = await granted(flow, ana);
  await edit((yaml) => WITHOUT_ANA(yaml).replace('title: Practice database', 'title: Practice'));
  expect(await inForce()).not.toBe(before);
  expect((await flow.until(asked.id, 'revoked')).revocation?.trigger).toBe('policy-changed');
});

it('at the command line: versions, going back, SIGHUP, and what doctor says', {
  timeout: 60_000,
}, async () => {
  const before = await inForce();
  await flow.stop();
  const { keysFolder } = flow.config();
  const run = (...args: readonly string[]) => runHere(args, settingsOf(flow), flow.folder);
  const bot = new BotProcess(flow);
  try {
    await cp(keysFolder, join(flow.folder, 'keys'), { recursive: true });
    await bot.start();
    await writeFile(flow.catalogueFile, WITHOUT_ANA(original));
    process.kill(bot.pid ?? 0, 'SIGHUP');
    type Version = { digest: string; inForce: boolean; kept: boolean; cause: string };
    const versions = async (): Promise<Version[]> =>
      JSON.parse((await run('policy', 'versions', '--json')).out);
    const [changed] = await eventually(
      async () => {
        const all = await versions();
        return all[0]?.digest === before ? null : all;
      },
      async () => `SIGHUP to be heard: ${bot.log.slice(-1_500)}`,
    );
    expect(changed).toMatchObject({ inForce: true, kept: true, cause: 'changed' });
    const listed = (await run('policy', 'versions')).out;
    expect(listed).toContain(before.slice(0, 12));
    const wrong = await run('policy', 'revert', '123', '--as', 'finn', '--reason', 'too soon');
    expect(wrong.code).toBe(1);
    expect(wrong.err.replace(/\s+/g, ' ')).toContain('Give at least 6 digits');
    const back = await run('policy', 'revert', before.slice(0, 12), '--as', 'finn', '--reason', 'too soon');
    expect(back.code).toBe(0);
    expect(back.out).toContain(`In force: ${before.slice(0, 12)}`);
    expect((await versions())[0]).toMatchObject({ digest: before, cause: 'reverted', inForce: true });
    const doctor = (await run('doctor')).out;
    expect(doctor.replace(/\s+/g, ' ')).toContain('an operator went back');
  } finally {
    await bot.kill();
    await writeFile(flow.catalogueFile, original);
    await flow.start();
  }
});

it('reads what people may read by what is in force, though the folder is broken', async () => {
  await flow.stop();
  await writeFile(flow.catalogueFile, original.replace('quorum: 2', 'quorum: two'));
  const list = await runHere(['request', 'list'], flow.settings, flow.folder);
  expect(list.code).toBe(0);
  expect(list.out).toContain('Ana Novak');
  await writeFile(flow.catalogueFile, original);
  await flow.start();
  expect(await readFile(flow.catalogueFile, 'utf8')).toBe(original);
});
