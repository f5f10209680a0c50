import { afterAll, beforeAll, expect, it } from 'vitest';
import { ACTION } from '../../src/chat/intent.ts';
import { refusal } from '../../src/practice/login.ts';
import { approveBoth, ask, expectToldOnce, granted, reveal, told } from './acting.ts';
import { type Flow, openFlow } from './world.ts';

const TOKEN = 'a-token-of-the-identity-provider-for-tests';
const USER = 'urn:ietf:params:scim:schemas:core:2.0:User';
const GROUP = 'urn:ietf:params:scim:schemas:core:2.0:Group';
const PATCH = 'urn:ietf:params:scim:api:messages:2.0:PatchOp';
const HOUR = 3_600_000;

let flow: Flow;
const ids = new Map<string, string>();
beforeAll(async () => {
  const linked = (yaml: string, name: string) =>
    yaml.replace(`U0${name.toUpperCase()} }`, `U0${name.toUpperCase()} }\n    links: { scim: ${name}-0001 }`);
  flow = await openFlow({
    settings: { COUNTERSIGN_SCIM_TOKEN: TOKEN },
    catalogue: (yaml) =>
      ['ben', 'cleo', 'dev'].reduce(
        linked,
        yaml.replace('members: [cleo, dev]', 'source: { scim: DBA }\n    stale: 24h'),
      ),
  });
  for (const name of ['ben', 'cleo', 'dev']) {
    const body = { schemas: [USER], userName: `${name}@counter.example`, externalId: `${name}-0001` };
    ids.set(name, (await scim('POST', '/Users', { ...body, active: true })).id);
  }
  const members = ['cleo', 'dev'].map((name) => ({ value: ids.get(name) }));
  ids.set('DBA', (await scim('POST', '/Groups', { schemas: [GROUP], displayName: 'DBA', members })).id);
});
afterAll(() => flow[Symbol.asyncDispose]());

/** What the identity provider sends; answers with the resource. */
async function scim(method: string, path: string, body: unknown): Promise<{ id: string }> {
  const response = await fetch(`${flow.bot.url}/scim/v2${path}`, {
    method,
    headers: { authorization: `Bearer ${TOKEN}`, 'content-type': 'application/scim+json' },
    body: JSON.stringify(body),
  });
  expect(response.ok, `${method} ${path}: ${response.status}`).toBe(true);
  return response.status === 204 ? { id: '' } : ((await response.json()) as { id: string });
}
const patch = (kind: string, name: string, ...Operations: unknown[]) =>
  scim('PATCH', `/${kind}/${ids.get(name)}`, { schemas: [PATCH], Operations });
const inGroup = (op: 'add' | 'remove', name: string) =>
  op === 'add'
    ? patch('Groups', 'DBA', { op, path: 'members', value: [{ value: ids.get(name) }] })
    : patch('Groups', 'DBA', { op, path: `members[value eq "${ids.get(name)}"]` });

it('who the provider puts into a group may approve, and whom it takes out may not, from that click on', async () => {
  const { ana, cleo, dev } = flow.people;
  const asked = await ask(ana);
  await cleo.press(asked.card, ACTION.approve);
  await inGroup('remove', 'dev');
  expect(await told(dev, () => dev.press(asked.card, ACTION.approve))).toContain('Database administrators');
  expect((await flow.state(asked.id)).ballot.approvals).toHaveLength(1);
  await inGroup('add', 'dev');
  await dev.press(asked.card, ACTION.approve);
  await flow.until(asked.id, 'active');
  await ana.type('general', `done ${asked.id}`);
  await flow.until(asked.id, 'revoked');
  await expectToldOnce(flow, asked);
});

it('a group that empties while a request waits is told in its thread', async () => {
  const { ana, cleo } = flow.people;
  const asked = await ask(ana);
  await inGroup('remove', 'dev');
  const stuck = async () => (await flow.state(asked.id)).ballot.stuck.length > 0;
  await expect.poll(stuck, { timeout: 10_000 }).toBe(true);
  await cleo.message('db-approvals', (text) => text.includes(asked.id), 'the card');
  await inGroup('add', 'dev');
  await approveBoth(flow, asked);
  await flow.until(asked.id, 'active');
  await ana.type('general', `done ${asked.id}`);
  await flow.until(asked.id, 'revoked');
});

it('whom the provider deactivates loses what they have, proven gone, and may do nothing any more', async () => {
  const { ben } = flow.people;
  const asked = await granted(flow, ben);
  const url = await reveal(ben, asked);
  expect(await refusal(url)).toBeNull();
  await patch('Users', 'ben', { op: 'replace', path: 'active', value: false });
  const state = await flow.until(asked.id, 'revoked');
  expect(state.revocation).toMatchObject({ trigger: 'person-left', proof: { loginRefused: 'yes' } });
  expect(await refusal(url)).toMatch(/^28P01/);
  const said = await told(ben, () => ben.type('general', 'practice-db:read 1m "INC-9 one more look"'));
  expect(said).not.toContain('req_');
});

it('a provider that has been silent for too long makes its groups nobody', async () => {
  const { ana } = flow.people;
  flow.clock.forward(25 * HOUR);
  const said = await told(ana, () => ana.type('general', 'practice-db:read 1m "INC-8 one more look"'));
  expect(said).toContain('Database administrators');
});
