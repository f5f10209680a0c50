import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { RequestId } from '../../../src/domain/values.ts';
import type { Intent } from '../../../src/ports/intent.ts';
import type { Mode } from '../../../src/workflows/deps.ts';
import { DRAFT, MINUTE, World } from '../world.ts';

let world: World;
let mode: Mode;
beforeEach(async () => {
  mode = 'full';
  world = await World.open({ deps: (deps) => ({ ...deps, mode: () => mode }) });
});
afterEach(() => world.close());

const SHOWN = 'a'.repeat(64);
const ID = 'req_000000000000';
const GIVES: readonly Intent[] = [
  { kind: 'open-form', entitlement: null },
  { kind: 'search', query: '' },
  { kind: 'preview', draft: DRAFT },
  { kind: 'submit', draft: DRAFT },
  { kind: 'approve', request: ID, shown: SHOWN, shortenToMs: null, comment: null },
  { kind: 'extend', request: ID, extraMs: null },
  { kind: 'reveal', request: ID },
  { kind: 'approve-erasure', erasure: '00000000-0000-4000-8000-000000000000' },
];
const ENDS_OR_READS: readonly Intent[] = [
  { kind: 'deny', request: ID, shown: SHOWN, reason: 'no' },
  { kind: 'withdraw', request: null },
  { kind: 'done', request: null },
  { kind: 'revoke', request: ID, reason: 'now' },
  { kind: 'show', request: ID },
  { kind: 'mine' },
  { kind: 'who', entitlement: 'practice-db:read' },
  { kind: 'home' },
  { kind: 'help' },
];
const code = async (intent: Intent): Promise<string> => {
  const reply = await world.as('cleo', intent);
  return reply.kind === 'refused' ? reply.refusal.code : reply.kind;
};

describe.each(['checking', 'revoke-only'] as const)(
  'while the log is not known to be what was signed (%s)',
  (now) => {
    it.each(GIVES.map((intent) => [intent.kind, intent] as const))('%s is refused', async (_, intent) => {
      expect(await code(intent)).not.toBe('revoke-only');
      mode = now;
      expect(await code(intent)).toBe('revoke-only');
      expect(await world.as('cleo', intent)).toMatchObject({ refusal: { mode: now } });
    });

    it.each(ENDS_OR_READS.map((intent) => [intent.kind, intent] as const))('%s is not', async (_, intent) => {
      mode = now;
      expect(await code(intent)).not.toBe('revoke-only');
    });

    it('what has begun is ended, denied and withdrawn as ever', async () => {
      const active = await world.granted();
      const other = await world.granted('ben');
      const denied = await world.submit('ana', { entitlement: 'orders-db:read', duration: '15m' });
      const before = await world.types(denied);
      mode = now;
      const approved = await world.approve('cleo', denied);
      expect(approved).toMatchObject({ kind: 'refused', refusal: { code: 'revoke-only' } });
      expect(await world.types(denied)).toEqual(before);
      await world.as('ana', { kind: 'done', request: active });
      await world.deny('cleo', denied);
      await world.clock.moveBy(MINUTE);
      const phase = async (id: RequestId): Promise<string> => (await world.state(id)).phase;
      expect([await phase(active), await phase(other), await phase(denied)]).toEqual([
        'revoked',
        'revoked',
        'denied',
      ]);
    });
  },
);

it('someone unknown learns nothing of it', async () => {
  mode = 'revoke-only';
  const account = { platform: 'slack', team: 'T0COUNTER', user: 'U0NOBODY' } as const;
  expect(await world.intake({ account, zone: null }, { kind: 'submit', draft: DRAFT })).toMatchObject({
    refusal: { code: 'account-refused' },
  });
});
