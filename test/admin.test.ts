import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterEach, expect, it } from 'vitest';
import { orderProof, sendRevokeOrder, takeRevokeOrder } from '../src/admin.ts';
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
    metrics: { contentType: 'text/plain', render: async () => '', token: null },
    jwks: async () => ({ keys: [] }),
    tokens: { secret: null, introspect: async () => ({ active: false }), revoke: async () => {} },
    admin: { proofOf: (body) => orderProof(keys, body), revoke: (body) => takeRevokeOrder(world.deps, body) },
    slackEvents: null,
  });
  closing.push(() => web.close());
  const { url } = await web.start(0, '127.0.0.1');
  return { world, id, url };
}

it('takes an order from whoever has the keys, as the operator they name', async () => {
  const { world, id, url } = await botWithGrant();
  const wanted = { request: id, as: 'finn', reason: 'incident' };
  expect(await sendRevokeOrder(url, keys, wanted, world.clock.now())).toEqual({ kind: 'revoking' });
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
  const other = { request: 'req_000000000000', as: 'finn', reason: 'incident' } as const;
  await sendRevokeOrder(`http://127.0.0.1:${port}`, keys, other, world.clock.now());

  const [{ authorization, body } = { authorization: '', body: '' }] = heard;
  const send = (order: string) =>
    fetch(`${url}/admin/revoke`, { method: 'POST', headers: { authorization }, body: order });
  expect((await send(body.replace(other.request, id))).status).toBe(401);
  expect((await send(body)).status).toBe(200);
  await world.clock.moveBy(61_000);
  expect((await send(body)).status).toBe(400);
  expect((await world.state(id)).phase).toBe('active');
});
