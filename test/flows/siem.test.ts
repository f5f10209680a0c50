import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { ACTION } from '../../src/chat/intent.ts';
import { openLogKeys } from '../../src/log-keys.ts';
import { startWitness, type WitnessServer } from '../fakes/witness-server.ts';
import { schemaOf, wrongIn } from '../siem/ocsf-schema.ts';
import { type Asked, granted, noteOf } from './acting.ts';
import { eventually, type Flow, openFlow } from './world.ts';

interface Line {
  readonly type_uid: number;
  readonly metadata: { readonly sequence: number; readonly event_code: string; readonly log_name: string };
}

const folder = mkdtempSync(join(tmpdir(), 'countersign-siem-'));
const file = join(folder, 'events.ndjson');
let flow: Flow;
let witness: WitnessServer;
let asked: Asked;

const logKeys = () => openLogKeys(flow.config().keysFolder);
beforeAll(async () => {
  witness = await startWitness(() => ({ origin: logKeys().origin, vkeys: logKeys().vkeys() }));
  flow = await openFlow({
    settings: {
      COUNTERSIGN_SIEM_URL: `file://${file}`,
      COUNTERSIGN_WITNESS_URL: witness.url,
      COUNTERSIGN_WITNESS_VKEY: witness.vkey,
    },
  });
});
afterAll(async () => {
  await flow[Symbol.asyncDispose]();
  await witness.close();
  rmSync(folder, { recursive: true, force: true });
});

const lines = (): readonly Line[] =>
  readFileSync(file, 'utf8')
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line) as Line);
const told = (code: string): Promise<Line> =>
  eventually(async () => lines().find(({ metadata }) => metadata.event_code === code), `${code} in the file`);

it('has a grant within seconds, as OCSF, beside all else that is in the log', async () => {
  asked = await granted(flow, flow.people.ana);
  expect(await told('CredentialIssued')).toMatchObject({
    type_uid: 300501,
    metadata: { log_name: logKeys().origin },
    unmapped: { grant: { request_id: asked.id } },
  });
  const schema = schemaOf('1.8.0');
  for (const line of lines()) expect(wrongIn(schema, { ...line })).toEqual([]);
  expect(lines().map(({ metadata }) => metadata.event_code)).toContain('RulesLoaded');
});

it('has a revocation as well while only what ends access is done, and nothing twice', async () => {
  witness.behave('fail');
  await flow.restart();
  expect(await (await fetch(`${flow.bot.url}/readyz`)).json()).toMatchObject({ mode: 'revoke-only' });
  const { ana } = flow.people;
  await ana.press(await noteOf(ana, asked.id, 'You have access'), ACTION.done);
  await flow.until(asked.id, 'revoked');
  expect(await told('RevocationVerified')).toMatchObject({ type_uid: 300502 });
  const sequences = lines().map(({ metadata }) => metadata.sequence);
  expect(sequences).toEqual(sequences.map((_, index) => index));
});
