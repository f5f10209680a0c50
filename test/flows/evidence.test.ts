import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { unzipSync } from 'fflate';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { leafHash } from '../../src/audit/leaf.ts';
import { parseVkey } from '../../src/audit/note.ts';
import { verifyTlogProof } from '../../src/audit/tlog-proof.ts';
import { ACTION, actionValue } from '../../src/chat/intent.ts';
import { rememberOrStop } from '../../src/cli/running.ts';
import { LIMITS } from '../../src/limits.ts';
import { openLogKeys } from '../../src/log-keys.ts';
import { Desk, textOf } from '../../src/practice/people.ts';
import { type Asked, ask, granted, reveal, told } from './acting.ts';
import { runHere } from './command-line.ts';
import type { Ran } from './process.ts';
import { verifyFolder } from '../../src/verifier/folder.ts';
import { clickBody, send, signed } from './raw.ts';
import { eventually, type Flow, openFlow } from './world.ts';

let flow: Flow;
let hana: Desk;
let asked: Asked;
const WHY = 'INC-4711 canary-of-justification: an order is missing from the export';
const REASON = 'canary-of-reason: the laptop was lost';

beforeAll(async () => {
  flow = await openFlow();
  hana = new Desk(flow.workspace, 'U0HANA', 'hana');
  asked = await granted(flow, flow.people.ana, { why: WHY });
  await reveal(flow.people.ana, asked);
  await told(flow.people.cleo, () => flow.people.cleo.type('general', `revoke ${asked.id} "${REASON}"`));
  await flow.until(asked.id, 'revoked');
  await rememberOrStop(flow.config().dataFolder, flow.bot.url, flow.bot);
});
afterAll(() => flow[Symbol.asyncDispose]());

type Files = Readonly<Record<string, Uint8Array>>;

interface Manifest {
  readonly request: string;
  readonly generated: { readonly by: string; readonly as: string };
  readonly events: readonly { index: number; type: string; file: string; proof: string }[];
  readonly texts: readonly { index: number; field: string; state: string; redactedAt?: number }[];
  readonly findings: readonly { id: string; verdict: string; why: string }[];
  readonly anchors: readonly { anchor: string }[];
}

const textIn = (files: Files, path: string): string => Buffer.from(files[path] ?? []).toString();
const manifestIn = (files: Files) => JSON.parse(textIn(files, 'evidence.json')) as Manifest;
const whole = (files: Files): string =>
  Object.keys(files)
    .map((path) => textIn(files, path))
    .join('\n');

/** Every event of the bundle is in the log, by the key that its operator gives out. */
function verify(files: Files): Manifest {
  const keys = openLogKeys(flow.config().keysFolder).vkeys().map(parseVkey);
  const manifest = manifestIn(files);
  for (const { index, file, proof } of manifest.events)
    expect(verifyTlogProof(textIn(files, proof), leafHash(files[file] ?? new Uint8Array()), keys).index).toBe(
      index,
    );
  return manifest;
}

function unpacked(archive: Uint8Array): Files {
  const folder = `evidence-${asked.id}/`;
  const entries = Object.entries(unzipSync(archive));
  expect(entries.every(([path]) => path.startsWith(folder))).toBe(true);
  return Object.fromEntries(entries.map(([path, bytes]) => [path.slice(folder.length), bytes]));
}

const readings = async () =>
  (await flow.bot.store.search({ types: ['LogRead'], limit: 1_000 })).flatMap((event) =>
    event.type === 'LogRead' && event.data.what === 'evidence' ? [event] : [],
  );

/** Hana is shown the request; answers with the message that is for her alone. */
async function shownTo(desk: Desk): Promise<Parameters<Desk['press']>[0]> {
  const before = desk.person.ephemerals().length;
  await desk.type('general', `show ${asked.id}`);
  return eventually(async () => desk.person.ephemerals()[before], `the request to be shown to ${desk.name}`);
}

/** The link out of the newest answer for one person alone. */
async function linkOf(desk: Desk): Promise<string> {
  const message = await shownTo(desk);
  const before = desk.person.ephemerals().length;
  await desk.press(message, ACTION.evidence);
  const answer = await eventually(async () => desk.person.ephemerals()[before], 'an answer with a link');
  const link = new RegExp(`${flow.bot.url}/evidence/[\\w-]{43}`).exec(JSON.stringify(answer))?.[0];
  if (link === undefined) throw new Error(`no link in: ${textOf(answer)}`);
  return link;
}

const download = async (link: string): Promise<Files> => {
  const answer = await fetch(link, { method: 'POST' });
  expect(answer.status).toBe(200);
  return unpacked(new Uint8Array(await answer.arrayBuffer()));
};

describe('the auditor’s button', () => {
  it('leads from a signed click to an archive that proves the whole life, for her eyes alone', async () => {
    const recorded = (await readings()).length;
    const link = await linkOf(hana);
    expect((await readings()).slice(recorded)).toMatchObject([
      { data: { as: 'auditor', request: asked.id } },
    ]);
    const page = await fetch(link);
    expect([page.status, await page.text()]).toEqual([200, expect.stringContaining('<form method="post">')]);

    const files = await download(link);
    const { events, findings, generated } = verify(files);
    expect(generated).toMatchObject({ by: await flow.bot.store.known('hana'), as: 'auditor' });
    const own = await flow.events(asked.id);
    expect(events.map(({ index }) => index)).toEqual(
      expect.arrayContaining(own.map(({ meta }) => meta.index)),
    );
    expect(findings.filter(({ verdict }) => verdict === 'does-not-hold')).toEqual([]);
    expect(findings.map(({ id, verdict }) => [id, verdict])).toEqual(
      expect.arrayContaining([
        ['separation-of-duties', 'holds'],
        ['quorum', 'holds'],
        ['consent-on-what-was-shown', 'holds'],
        ['expiry-before-credential', 'holds'],
        ['secret-to-requester-alone', 'holds'],
        ['removal-proven', 'holds'],
        ['rules-on-record', 'holds'],
      ]),
    );
    const index = textIn(files, 'index.html');
    for (const part of [
      'Ana Novak had Practice on Practice database',
      'canary-of-justification',
      'canary-of-reason',
      'Cleo Laurent',
    ])
      expect(index).toContain(part);

    expect((await fetch(link, { method: 'POST' })).status).toBe(404);
    const token = link.slice(-43);
    expect(flow.log.join('\n')).not.toContain(token);
    for (const desk of Object.values(flow.people))
      expect(JSON.stringify(desk.person.ephemerals())).not.toContain(token);
  });

  it('is there for auditors alone, and a forged click of anyone else gets nothing', async () => {
    const recorded = (await readings()).length;
    const shown = await shownTo(flow.people.cleo);
    expect(JSON.stringify(shown)).not.toContain(ACTION.evidence);
    const [submitted] = await flow.events(asked.id);
    const value = actionValue({ request: asked.id, shown: submitted?.meta.leaf ?? '' });
    for (const user of ['U0CLEO', 'U0ANA', 'U0FINN', 'U0GUS'])
      expect((await send(flow, signed(flow, clickBody(user, ACTION.evidence, value)))).status).toBe(200);
    const unsigned = signed(flow, clickBody('U0HANA', ACTION.evidence, value), { secret: 'not-the-secret' });
    expect((await send(flow, unsigned)).status).toBe(401);
    expect(await readings()).toHaveLength(recorded);
  });

  it('is refused to an auditor whose account has gone, before and after the click', async () => {
    const link = await linkOf(hana);
    const shown = await shownTo(hana);
    await flow.workspace.updateUser('U0HANA', { deleted: true });
    expect((await fetch(link, { method: 'POST' })).status).toBe(404);
    expect(await told(hana, () => hana.press(shown, ACTION.evidence))).not.toContain('/evidence/');
    await flow.workspace.updateUser('U0HANA', { deleted: false });
    expect((await fetch(link, { method: 'POST' })).status).toBe(404);
    await download(await linkOf(hana));
  });
});

const run = async (args: readonly string[]): Promise<Ran> => {
  const ran = await runHere(args, flow.settings, flow.folder);
  const wide = `${ran.out}${ran.err}`.split('\n').filter((line) => line.length > 80 && line.includes(' '));
  expect(wide).toEqual([]);
  return ran;
};
const evidence = (as: string, ...more: readonly string[]) => run(['evidence', asked.id, '--as', as, ...more]);

async function filesIn(folder: string): Promise<Files> {
  const paths = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = paths.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  const read = files.map(async (path) => [path.slice(folder.length + 1), await readFile(path)] as const);
  return Object.fromEntries(await Promise.all(read));
}

describe('countersign evidence', () => {
  const out = (name: string): string => join(flow.folder, name);

  it('writes a folder that proves it all, says what it holds and how to check it, and is on record', async () => {
    const recorded = (await readings()).length;
    const { code, out: said, err } = await evidence('hana');
    expect([code, err]).toEqual([0, '']);
    const folder = out(`evidence-${asked.id}`);
    const files = await filesIn(folder);
    const { generated, events } = verify(files);
    const watcher = { tell: () => {}, progress: () => {} };
    const verdict = verifyFolder(
      { folder, key: openLogKeys(flow.config().keysFolder).vkeys()[0] ?? '', since: null },
      watcher,
    );
    expect(verdict).toMatchObject({ ok: true, request: asked.id });
    expect(generated).toMatchObject({ by: await flow.bot.store.known('hana'), as: 'auditor' });
    expect(await readings()).toHaveLength(recorded + 1);
    const flat = said.replace(/\s+/g, ' ');
    expect(flat).toContain('Ana Novak had Practice on Practice database for');
    expect(flat).toContain(`${events.length} events, each proven to be in the signed log of`);
    expect(said).toContain('✓ Nobody approved their own request');
    expect(said).toContain(`open evidence-${asked.id}/index.html`);
    expect(said).toMatch(new RegExp(`node countersign-verify\\.mjs evidence-${asked.id}$`, 'm'));
    expect((await stat(folder)).mode & 0o077).toBe(0);
    expect((await stat(join(folder, 'disclosures.ndjson'))).mode & 0o077).toBe(0);
  });

  it('writes an archive with the same files, which unzip opens', async () => {
    expect((await evidence('hana', '--out', 'taken.zip')).code).toBe(0);
    const files = unpacked(await readFile(out('taken.zip')));
    verify(files);
    const before = await filesIn(out(`evidence-${asked.id}`));
    // Anchors may have taken a head in between.
    const fixed = (of: Files) => Object.keys(of).filter((path) => !path.startsWith('anchors/'));
    expect(fixed(files).toSorted()).toEqual(fixed(before).toSorted());
    for (const path of Object.keys(files).filter((each) => each.startsWith('events/')))
      expect(Buffer.from(files[path] ?? []).equals(before[path] ?? new Uint8Array())).toBe(true);
    if (!existsSync('/usr/bin/unzip')) return;
    const { stdout } = await promisify(execFile)('unzip', ['-t', out('taken.zip')]);
    expect(stdout).toContain('No errors detected');
  });

  it('gives an owner and an approver what they may see, and nobody else anything', async () => {
    expect((await evidence('cleo', '--out', 'cleo')).code).toBe(0);
    const files = await filesIn(out('cleo'));
    const { generated, texts } = verify(files);
    expect(generated.as).toBe('owner');
    expect(texts.find(({ field }) => field === 'person')?.state).toBe('masked');
    expect(whole(files)).toContain('canary-of-justification');
    expect((await evidence('dev', '--out', 'dev')).code).toBe(0);
    expect(verify(await filesIn(out('dev'))).generated.as).toBe('approver');
    for (const person of ['gus', 'ana', 'nobody']) {
      const { code, err } = await evidence(person, '--out', person);
      expect([code, existsSync(out(person))], err).toEqual([1, false]);
    }
  });

  it('overwrites nothing, and records no reading that it will not write down', async () => {
    const recorded = (await readings()).length;
    await mkdir(out('there'));
    await writeFile(out('there.zip'), 'mine');
    for (const name of ['there', 'there.zip', `evidence-${asked.id}`]) {
      const { code, err } = await evidence('hana', '--out', name);
      expect([code, err.replace(/\s+/g, ' ')]).toEqual([2, expect.stringContaining('it exists already')]);
    }
    const nowhere = await evidence('hana', '--out', 'no/such/folder.zip');
    expect([nowhere.code, nowhere.err]).toEqual([2, expect.stringContaining('there is no folder')]);
    expect(await readFile(out('there.zip'), 'utf8')).toBe('mine');
    expect(await readdir(out('there'))).toEqual([]);
    expect(await readings()).toHaveLength(recorded);
  });

  it.each([
    [['evidence', '--as', 'hana'], 2, "missing required argument 'request'"],
    [['evidence', 'req_0123456789ab'], 2, "required option '--as <person>' not specified"],
    [['evidence', 'abc', '--as', 'hana'], 2, 'is no request id'],
    [
      ['evidence', 'req_0123456789ab', '--as', 'hana', '--out', 'none'],
      4,
      'there is no request req_0123456789ab',
    ],
  ])('%j exits %i and says why', async (args, expected, part) => {
    const { code, err } = await run(args);
    expect([code, err]).toEqual([expected, expect.stringContaining(part)]);
    expect(existsSync(out('none'))).toBe(false);
  });

  it('holds what was erased as erased, with the event that tells of it', async () => {
    const [submitted] = await flow.events(asked.id);
    const index = submitted?.meta.index ?? -1;
    const redact = ['log', 'redact', '--as', 'finn', '--event', String(index), '--field', 'justification'];
    expect((await run([...redact, '--reason', 'named a customer'])).code).toBe(0);
    expect((await evidence('hana', '--out', 'erased')).code).toBe(0);
    const files = await filesIn(out('erased'));
    const { texts, events, findings } = verify(files);
    const erased = texts.find((text) => text.index === index && text.field === 'justification');
    expect(erased?.state).toBe('redacted');
    expect(events.find((event) => event.index === erased?.redactedAt)?.type).toBe('DisclosuresRedacted');
    expect(findings.find(({ id }) => id === 'texts-accounted-for')?.verdict).toBe('holds');
    expect(whole(files)).not.toContain('canary-of-justification');
  });
});

describe('of a request that goes another way', () => {
  it('active: says so, and that its removal is not due yet', async () => {
    const active = await granted(flow, flow.people.ben);
    expect((await run(['evidence', active.id, '--as', 'hana', '--out', 'active'])).code).toBe(0);
    const { findings } = verify(await filesIn(join(flow.folder, 'active')));
    expect(findings.find(({ id }) => id === 'removal-proven')).toMatchObject({ verdict: 'not-yet' });
    await flow.people.ben.type('general', `done ${active.id}`);
    await flow.until(active.id, 'revoked');
  });

  it('denied, withdrawn: no signed head is due for those, and one is made', async () => {
    const denied = await ask(flow.people.ben);
    await flow.people.cleo.press(denied.card, ACTION.deny);
    await flow.people.cleo.view('');
    await flow.people.cleo.person.submitView({ [ACTION.reason]: 'not today' });
    await flow.until(denied.id, 'denied');
    expect((await run(['evidence', denied.id, '--as', 'hana', '--out', 'denied'])).code).toBe(0);
    const { findings } = verify(await filesIn(join(flow.folder, 'denied')));
    expect(findings.filter(({ verdict }) => verdict === 'does-not-hold')).toEqual([]);
    const withdrawn = await ask(flow.people.ben);
    await flow.people.ben.type('general', 'withdraw');
    await flow.until(withdrawn.id, 'withdrawn');
    expect((await run(['evidence', withdrawn.id, '--as', 'hana', '--out', 'withdrawn'])).code).toBe(0);
    verify(await filesIn(join(flow.folder, 'withdrawn')));
  });
});

// Last: the clock of the command line does not move with the bot's.
it('a link ends by itself', async () => {
  const link = await linkOf(hana);
  flow.clock.forward(LIMITS.evidenceLinkMs);
  expect((await fetch(link)).status).toBe(404);
  expect((await fetch(link, { method: 'POST' })).status).toBe(404);
});
