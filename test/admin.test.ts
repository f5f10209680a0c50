import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterEach, expect, it } from 'vitest';
import { type Order, type OrderOf, orderProof, sendOrder, takeOrder } from '../src/admin.ts';
import { createLogger } from '../src/logger.ts';
import { createWeb } from '../src/web/server.ts';
import { World } from './workflows/world.ts';

const keys = { namingKey: new Uint8Array(32).fill(7) };
const closing: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

/** A bot that takes orders, on a grant that ana has. */
async function botWithGrant() {
  const world = await World.open();
  closing.push(() => world.close());
  const id = await world.granted('ana', { duration: '5m' });
  const web = createWeb({
    logger: createLogger({ level: 'silent', format: 'json' }),
    readiness: [],
    mode: () => 'full',
    metrics: { contentType: 'text/plain', render: async () => '', token: null },
    jwks: async () => ({ keys: [] }),
    tokens: { secret: null, introspect: async () => ({ active: false }), revoke: async () => {} },
    admin: { proofOf: (body) => orderProof(keys, body), carryOut: (body) => takeOrder(world.deps, body) },
    scim: null,
    slackEvents: null,
    evidence: { desk: { isGood: () => false, take: () => null }, make: async () => null },
  });
  closing.push(() => web.close());
  const { url } = await web.start(0, '127.0.0.1');
  return { world, id, url };
}

it('takes an order from whoever has the keys, as the operator they name', async () => {
  const { world, id, url } = await botWithGrant();
  const wanted = { order: 'revoke', request: id, as: 'finn', reason: 'incident' } as const;
  expect(await sendOrder(url, keys, wanted, world.clock.now())).toEqual({ kind: 'revoking' });
  await world.clock.settle();
  expect((await world.state(id)).revocation?.trigger).toBe('revoked');
});

it('gives nothing away to a program that has taken over the port', async () => {
  const { world, id, url } = await botWithGrant();
  const heard: { authorization: string; body: string }[] = [];
  const impostor = createServer((request, response) => {
    void text(request).then((body) => {
      heard.push({ authorization: request.headers.authorization ?? '', body });
      response.setHeader('connection', 'close').end('{"kind":"revoking"}');
    });
  });
  await new Promise<void>((resolve) => impostor.listen(0, '127.0.0.1', resolve));
  closing.push(async () => impostor.close());
  const { port } = impostor.address() as AddressInfo;
  const other: OrderOf<'revoke'> = {
    order: 'revoke',
    request: 'req_000000000000',
    as: 'finn',
    reason: 'incident',
  };
  await sendOrder(`http://127.0.0.1:${port}`, keys, other, world.clock.now());

  const [{ authorization, body } = { authorization: '', body: '' }] = heard;
  const send = (order: string) =>
    fetch(`${url}/admin/orders`, { method: 'POST', headers: { authorization }, body: order });
  expect((await send(body.replace(other.request, id))).status).toBe(401);
  expect((await send(body)).status).toBe(200);
  await world.clock.moveBy(61_000);
  expect((await send(body)).status).toBe(400);
  expect((await world.state(id)).phase).toBe('active');
});

const READING: OrderOf<'record-reading'> = {
  order: 'record-reading',
  as: 'hana',
  role: 'auditor',
  what: 'search',
  query: { limit: '50' },
  request: null,
};

it('puts a reading on record, and refuses one of somebody unknown', async () => {
  const { world, url } = await botWithGrant();
  const give = (wanted: Order) => sendOrder(url, keys, wanted, world.clock.now());
  expect(await give(READING)).toEqual({ kind: 'recorded', index: expect.any(Number) });
  const told = world.eventsOnDisk().filter(({ type }) => type === 'LogRead');
  expect(told).toMatchObject([{ data: { what: 'search', as: 'auditor', query: { limit: '50' } } }]);
  expect(await give({ ...READING, as: 'nobody' })).toEqual({
    kind: 'refused',
    code: 'unknown-person',
    said: null,
  });
  expect(world.eventsOnDisk().filter(({ type }) => type === 'LogRead')).toHaveLength(1);
});

it('tells a refusal in the words of its rule', async () => {
  const { world, id, url } = await botWithGrant();
  const wanted = { order: 'propose-erasure', as: 'finn', person: 'ana', reason: 'left' } as const;
  expect(await sendOrder(url, keys, wanted, world.clock.now())).toEqual({
    kind: 'refused',
    code: 'open-requests',
    said: {
      text: `They have requests that have not ended: ${id}.`,
      remedy: 'Have these withdrawn, denied or revoked first.',
    },
  });
});

it.each<[string, object]>([
  ['an order that there is not', { ...READING, order: 'shutdown' }],
  ['one field too many', { ...READING, also: 'this' }],
  ['one field too few', { order: 'redact', as: 'finn', index: 1, reason: 'x' }],
  ['an index that is none', { order: 'redact', as: 'finn', index: -1, field: 'reason', reason: 'x' }],
  ['an id that is none', { order: 'approve-erasure', as: 'finn', erasure: 'redaction/1' }],
  ['a role that there is not', { ...READING, role: 'operator' }],
  ['text in place of ids', { ...READING, query: { limit: 'x'.repeat(201) } }],
])('is no order: %s', async (_, order) => {
  const { world } = await botWithGrant();
  const body = JSON.stringify({ at: world.clock.now(), order });
  expect(await takeOrder(world.deps, body)).toBeNull();
  for (const broken of ['', 'null', '[]', body.slice(1), JSON.stringify(order)])
    expect(await takeOrder(world.deps, broken)).toBeNull();
});

it('says what is wrong with what answers at the address of the bot', async () => {
  const answers: [number, string, string][] = [
    [503, '{"error":"temporarily_unavailable"}', 'could not do it'],
    [401, '{"error":"unauthorized"}', 'is no bot of this installation and version'],
    [200, '{"kind":"else"}', 'is no bot of this installation and version'],
    [200, 'hello', 'is no bot of this installation and version'],
  ];
  for (const [status, body, message] of answers) {
    const server = createServer((_, response) => {
      response.writeHead(status, { connection: 'close' }).end(body);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    await expect(sendOrder(`http://127.0.0.1:${port}`, keys, READING, 0)).rejects.toMatchObject({
      code: 'order_failed',
      message: expect.stringContaining(message),
      hint: expect.any(String),
    });
    await new Promise((resolve) => server.close(resolve));
  }
  expect(await sendOrder('http://127.0.0.1:1', keys, READING, 0)).toBeNull();
});
