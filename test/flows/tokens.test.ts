import { createRemoteJWKSet, jwtVerify } from 'jose';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { ask, expectToldOnce, reveal } from './acting.ts';
import { type Flow, INTROSPECTION_SECRET, openFlow } from './world.ts';

let flow: Flow;
beforeAll(async () => {
  flow = await openFlow();
});
afterAll(() => flow[Symbol.asyncDispose]());

const LOG = 'access-log';

async function post(path: string, token: string, secret = INTROSPECTION_SECRET): Promise<Response> {
  return fetch(new URL(path, flow.bot.url), {
    method: 'POST',
    headers: { authorization: `Bearer ${secret}`, 'content-type': 'application/x-www-form-urlencoded' },
    body: new URLSearchParams({ token }).toString(),
  });
}

const introspected = async (token: string): Promise<unknown> =>
  (await post('/oauth/introspect', token)).json();

/** Asked for and approved by rule: nobody is asked. */
async function aToken() {
  const { cleo } = flow.people;
  const asked = await ask(cleo, { entitlement: 'reports-api:read', duration: '30m', channel: LOG });
  await flow.until(asked.id, 'active');
  return { asked, token: await reveal(cleo, asked) };
}

it('approved by rule: the token verifies against our JWKS, is active until done, and inactive after', async () => {
  const { cleo } = flow.people;
  const { asked, token } = await aToken();
  const events = await flow.events(asked.id);
  expect(events[0]).toMatchObject({ type: 'RequestSubmitted', data: { consent: { stages: [] } } });
  expect(JSON.stringify(events[0])).toMatch(/"autoApprovedBy":"[^"]+"/);
  expect(events.some((event) => event.type === 'ApprovalRecorded')).toBe(false);

  const keys = createRemoteJWKSet(new URL('/.well-known/jwks.json', flow.bot.url));
  const options = { audience: 'reports-api', issuer: flow.bot.url, currentDate: new Date(flow.clock.now()) };
  const { payload } = await jwtVerify(token, keys, options);
  const state = await flow.state(asked.id);
  expect(payload).toMatchObject({ scope: 'reports.read', grant: asked.id, jti: state.grant!.handle.name });
  expect(payload.sub).toBe(state.requester);
  expect(payload.exp! * 1_000).toBeLessThanOrEqual(state.grant!.expiresAt);
  expect(await introspected(token)).toMatchObject({ active: true, scope: 'reports.read' });

  await cleo.type('general', `done ${asked.id}`);
  await flow.until(asked.id, 'revoked');
  expect(await introspected(token)).toEqual({ active: false });
  await expectToldOnce(flow, asked, LOG);
});

it('RFC 7009: who holds the secret ends the grant by its token, and the thread proves it', async () => {
  flow.clock.forward(10_000);
  const { asked, token } = await aToken();
  expect((await post('/oauth/revoke', token)).status).toBe(200);
  const state = await flow.until(asked.id, 'revoked');
  expect(state.revocation).toMatchObject({ trigger: 'signal-received', by: null });
  expect(await introspected(token)).toEqual({ active: false });
  expect((await post('/oauth/revoke', token)).status).toBe(200);
  await expectToldOnce(flow, asked, LOG);
});

it('its end comes by itself, for introspection too', async () => {
  flow.clock.forward(10_000);
  const { asked, token } = await aToken();
  flow.clock.forward(30 * 60_000);
  expect(await introspected(token)).toEqual({ active: false });
  await flow.until(asked.id, 'revoked');
  await expectToldOnce(flow, asked, LOG);
});

it.each(['/oauth/introspect', '/oauth/revoke'])('%s answers nobody without the secret', async (path) => {
  flow.clock.forward(10_000);
  const { asked, token } = await aToken();
  const refused = await post(path, token, 'not-the-secret-at-all');
  expect(refused.status).toBe(401);
  expect(await refused.text()).not.toContain('active":true');
  expect((await flow.state(asked.id)).phase).toBe('active');
  expect(await introspected(token)).toMatchObject({ active: true });
});

it('says inactive of a token that was changed, and nothing ends', async () => {
  flow.clock.forward(10_000);
  const { asked, token } = await aToken();
  const [head = '', body = '', mac = ''] = token.split('.');
  const claims = JSON.parse(Buffer.from(body, 'base64url').toString()) as Record<string, unknown>;
  const forged = Buffer.from(JSON.stringify({ ...claims, exp: 9_999_999_999 })).toString('base64url');
  const none = Buffer.from('{"alg":"none","typ":"at+jwt"}').toString('base64url');
  for (const each of [`${head}.${forged}.${mac}`, `${none}.${body}.`, 'x', `${token}x`]) {
    expect(await introspected(each)).toEqual({ active: false });
    expect((await post('/oauth/revoke', each)).status).toBe(200);
  }
  expect((await flow.state(asked.id)).phase).toBe('active');
});
