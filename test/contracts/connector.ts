import { inspect } from 'node:util';
import { afterAll, beforeAll, describe, expect, it, type TestContext, vi } from 'vitest';
import { provesAbsence } from '../../src/domain/revoking.ts';
import type { Connector, Order, Owned, Provisioned } from '../../src/ports/connector.ts';
import { type ConnectorHarness, gate, toolsFor } from './connector-harness.ts';

const CUT_STEPS_MAX = 12;
const HOUR_MS = 3_600_000;
const soon = (): AbortSignal => AbortSignal.timeout(15_000);

/** Everything that any connector must do, whatever its target. */
export function connectorContract(name: string, start: () => Promise<ConnectorHarness>): void {
  describe(`connector contract: ${name}`, () => {
    let h: ConnectorHarness;
    const opened: Connector[] = [];
    const use = (connector: Connector): Connector => {
      opened.push(connector);
      return connector;
    };
    beforeAll(async () => {
      h = await start();
    });
    afterAll(async () => {
      await Promise.all(opened.map((connector) => connector.close()));
      await h?.close();
    });

    const { handleOf, orderFor, fault } = toolsFor(name, () => h);
    const need = <T>(context: TestContext, what: keyof ConnectorHarness): T => {
      const part = h[what];
      if (part === null) context.skip(h.lacks[what] ?? `${what}: the harness gives no reason`);
      return part as T;
    };
    /** What there is on the target; of a connector that lists nothing, by the harness's own means. */
    const listed = async (connector: Connector): Promise<readonly Owned[]> => {
      const own = await connector.listOwned(soon());
      if (connector.manifest.caps.list !== 'none') return own;
      expect(own).toEqual([]);
      return h.listed?.() ?? [];
    };
    const names = async (connector: Connector): Promise<string[]> =>
      (await listed(connector)).map((owned) => owned.name);
    const expectGone = async (connector: Connector, order: Order, made?: Provisioned): Promise<void> => {
      const proof = await connector.verifyRevoked(order.handle, 1_000, soon());
      expect(proof).toMatchObject({
        absent: true,
        loginRefused: 'yes',
        liveSessions: 0,
        positiveControlAt: 1_000,
      });
      expect(provesAbsence(proof)).toBe(true);
      expect(await names(connector)).not.toContain(order.handle.name);
      if (made !== undefined) expect(await h.works(order, made)).toBe(false);
    };

    it('makes a credential that works, is seen to work, and is listed with its expiry', async () => {
      const connector = use(h.open());
      const order = orderFor();
      const made = await connector.provision(order, soon());
      expect(await h.works(order, made)).toBe(true);
      expect(await connector.verifyActive(order, made, soon())).toBeGreaterThan(0);
      const owned = (await listed(connector)).find((one) => one.name === order.handle.name);
      expect(Math.abs((owned?.expiresAt ?? 0) - order.expiresAt)).toBeLessThan(1_000);
    });

    it('says what a scope gives in words that hold no secret', () => {
      const words = use(h.open()).describeScope(h.scope);
      expect(words.length).toBeGreaterThan(10);
      for (const canary of h.canaries) expect(words).not.toContain(canary);
    });

    it('finds nothing wrong with a healthy target', async () => {
      const findings = await use(h.open()).checkHealth(soon(), [h.scope]);
      expect(findings.filter((finding) => finding.level !== 'ok')).toEqual([]);
    });

    it('revokes, and proves it by a refusal', async () => {
      const connector = use(h.open());
      const order = orderFor();
      const made = await connector.provision(order, soon());
      expect(await connector.revoke(order.handle, soon())).toMatchObject({
        outcome: 'revoked',
        leftovers: [],
      });
      await expectGone(connector, order, made);
    });

    it('does not call a credential gone that is still there', async () => {
      const connector = use(h.open());
      const order = orderFor();
      await connector.provision(order, soon());
      const proof = await connector.verifyRevoked(order.handle, 1_000, soon());
      expect(proof.absent).toBe(false);
      expect(provesAbsence(proof)).toBe(false);
    });

    it('tells in its proof that no positive control was ever seen', async () => {
      const proof = await use(h.open()).verifyRevoked(handleOf(), null, soon());
      expect(proof).toMatchObject({ absent: true, positiveControlAt: null });
      expect(proof.method).not.toBe('');
    });

    it('takes a second revocation for done, and the revocation of what never was', async () => {
      const connector = use(h.open());
      const order = orderFor();
      await connector.provision(order, soon());
      await connector.revoke(order.handle, soon());
      expect(await connector.revoke(order.handle, soon())).toMatchObject({ outcome: 'absent', killed: 0 });
      const never = orderFor();
      expect(await connector.revoke(never.handle, soon())).toMatchObject({ outcome: 'absent', killed: 0 });
      await expectGone(connector, never);
    });

    it('leaves one credential when provisioning is repeated', async () => {
      const connector = use(h.open());
      const order = orderFor();
      const first = await connector.provision(order, soon());
      const second = await use(h.open()).provision(order, soon());
      expect((await names(connector)).filter((one) => one === order.handle.name)).toHaveLength(1);
      expect(await h.works(order, second)).toBe(true);
      if (h.replacesSecret) expect(await h.works(order, first)).toBe(false);
      await connector.revoke(order.handle, soon());
      await expectGone(connector, order, first);
      await expectGone(connector, order, second);
    });

    it('leaves one credential when two processes provision at once', async () => {
      const [a, b] = [use(h.open()), use(h.open())];
      const order = orderFor();
      const both = await Promise.all([a.provision(order, soon()), b.provision(order, soon())]);
      expect((await names(a)).filter((one) => one === order.handle.name)).toHaveLength(1);
      const working = await Promise.all(both.map((made) => h.works(order, made)));
      if (h.replacesSecret) expect(working.filter(Boolean)).toHaveLength(1);
      else expect(working).toEqual([true, true]);
      await b.revoke(order.handle, soon());
      await Promise.all(both.map((made) => expectGone(a, order, made)));
    });

    it('revokes from two processes at once, one of which finds it gone', async () => {
      const [a, b] = [use(h.open()), use(h.open())];
      const order = orderFor();
      await a.provision(order, soon());
      const removed = await Promise.all([a.revoke(order.handle, soon()), b.revoke(order.handle, soon())]);
      const outcomes = removed.map((one) => one.outcome).sort();
      if (h.several) expect(outcomes).toContain('revoked');
      else expect(outcomes).toEqual(['absent', 'revoked']);
      await expectGone(a, order);
    });

    it('does not make what is no longer wanted', async () => {
      const connector = use(h.open());
      const order = orderFor();
      expect((await fault(connector.provision(order, soon(), async () => false))).code).toBe('conflict');
      await expectGone(connector, order);
    });

    it('is not resurrected by a provision that was paused across its revocation', async () => {
      const [zombie, reviver] = [use(h.open()), use(h.open())];
      const order = orderFor();
      const [paused, resume] = [gate<void>(), gate<boolean>()];
      const provisioning = zombie
        .provision(order, soon(), () => {
          paused.open();
          return resume.passed;
        })
        .catch(() => undefined);
      await paused.passed;
      // It was asked before the revocation was on record, and says yes; what it makes must not stay.
      const revoking = reviver.revoke(order.handle, soon());
      await Promise.race([revoking, ...(h.waiting === null ? [] : [h.waiting()])]);
      resume.open(true);
      const [made] = await Promise.all([provisioning, revoking]);
      await expectGone(reviver, order, made);
    });

    it('moves the expiry, and refuses to move that of what is gone', async (context) => {
      const connector = use(h.open());
      const order = orderFor();
      const longer = { ...order, expiresAt: order.expiresAt + HOUR_MS };
      const made = await connector.provision(order, soon());
      if (!connector.manifest.caps.extend) {
        expect((await fault(connector.extend(longer, soon()))).code).toBe('unsupported');
        context.skip('this target cannot move an expiry; it was seen to say so');
      }
      await connector.extend(longer, soon());
      const owned = (await listed(connector)).find((one) => one.name === order.handle.name);
      expect(Math.abs((owned?.expiresAt ?? 0) - longer.expiresAt)).toBeLessThan(1_000);
      expect(await h.works(order, made)).toBe(true);
      await connector.revoke(order.handle, soon());
      expect((await fault(connector.extend(longer, soon()))).code).toBe('conflict');
      await expectGone(connector, order, made);
    });

    it('ends by the target itself when the bot is dead', async (context) => {
      const connector = h.open();
      if (connector.manifest.caps.nativeExpiry === 'none') context.skip('the target knows no expiry');
      const order = orderFor({ expiresAt: Date.now() + 2_500 });
      const made = await connector.provision(order, soon());
      expect(await h.works(order, made)).toBe(true);
      await connector.close();
      await vi.waitFor(async () => expect(await h.works(order, made)).toBe(false), {
        timeout: 8_000,
        interval: 100,
      });
      expect(Date.now()).toBeGreaterThan(order.expiresAt - 1_001);
      await use(h.open()).revoke(order.handle, soon());
    });

    it('refuses to make what has already expired', async () => {
      const order = orderFor({ expiresAt: Date.now() - 1_000 });
      const connector = use(h.open());
      expect((await fault(connector.provision(order, soon()))).code).toBe('invalid');
      await expectGone(connector, order);
    });

    it('ends open sessions', async (context) => {
      const openSession = need<NonNullable<ConnectorHarness['openSession']>>(context, 'openSession');
      const connector = use(h.open());
      const [order, bystander] = [orderFor(), orderFor()];
      const made = await connector.provision(order, soon());
      const sessions = [await openSession(order, made), await openSession(order, made)];
      const other = await openSession(bystander, await connector.provision(bystander, soon()));
      let otherEnded = false;
      void other.ended.then(() => (otherEnded = true));
      expect(await use(h.open()).revoke(order.handle, soon())).toMatchObject({
        outcome: 'revoked',
        killed: 2,
      });
      await Promise.all(sessions.map((session) => session.ended));
      await expectGone(connector, order, made);
      expect(otherEnded).toBe(false);
      expect(await connector.revoke(bystander.handle, soon())).toMatchObject({ killed: 1 });
      await other.ended;
    });

    it('takes over what the credential owns, and says what that was', async (context) => {
      const leaveBehind = need<NonNullable<ConnectorHarness['leaveBehind']>>(context, 'leaveBehind');
      const connector = use(h.open());
      const order = orderFor();
      const made = await connector.provision(order, soon());
      await leaveBehind(order, made);
      const removed = await connector.revoke(order.handle, soon());
      expect(removed.outcome).toBe('revoked');
      expect(removed.leftovers.length).toBeGreaterThan(0);
      await expectGone(connector, order, made);
    });

    it('touches no name of another installation', async (context) => {
      const foreign = await need<NonNullable<ConnectorHarness['foreign']>>(context, 'foreign')();
      const connector = use(h.open());
      expect(await names(connector)).not.toContain(foreign.name);
      const order = orderFor({ handle: handleOf(foreign.name) });
      expect((await fault(connector.revoke(order.handle, soon()))).code).toBe('invalid');
      expect((await fault(connector.provision(order, soon()))).code).toBe('invalid');
      expect((await fault(connector.verifyRevoked(order.handle, null, soon()))).code).toBe('invalid');
      expect(await foreign.exists()).toBe(true);
    });

    it('refuses names, pseudonyms, requests and scopes that are not of their form', async () => {
      const connector = use(h.open());
      const hostile = [`x'; drop role postgres; --`, 'a\nb', '‮evil', '', 'x'.repeat(200)];
      for (const text of hostile) {
        const named = handleOf(`${h.prefix}${text}`);
        expect((await fault(connector.provision(orderFor({ handle: named }), soon()))).code).toBe('invalid');
        expect((await fault(connector.revoke(named, soon()))).code).toBe('invalid');
        expect((await fault(connector.provision(orderFor({ subject: text }), soon()))).code).toBe('invalid');
        expect((await fault(connector.provision(orderFor({ request: text }), soon()))).code).toBe('invalid');
      }
      for (const scope of h.hostileScopes) {
        const order = orderFor({ handle: { ...handleOf(), scope } });
        expect((await fault(connector.provision(order, soon()))).code).toBe('invalid');
        await expectGone(connector, { ...order, handle: { ...order.handle, scope: h.scope } });
      }
    });

    it('proves nothing when the target is down', async (context) => {
      if (h.down.length === 0) context.skip(h.lacks['down'] ?? 'down: the harness gives no reason');
      const order = orderFor();
      const made = await use(h.open()).provision(order, soon());
      for (const { what, open } of h.down) {
        const connector = use(open());
        const faults = await Promise.all([
          fault(connector.revoke(order.handle, soon())),
          fault(connector.verifyRevoked(order.handle, 1_000, soon())),
          fault(connector.provision(orderFor(), soon())),
          fault(connector.verifyActive(order, made, soon())),
          ...(connector.manifest.caps.list === 'none' ? [] : [fault(connector.listOwned(soon()))]),
        ]);
        expect([what, ...faults.map(({ code }) => code)]).toEqual([what, ...faults.map(() => 'unreachable')]);
      }
      expect(await h.works(order, made)).toBe(true);
    });

    it('stops when told to, however long the target takes', async (context) => {
      const order = orderFor();
      const stopped = AbortSignal.abort();
      const healthy = use(h.open());
      expect((await fault(healthy.provision(order, stopped))).code).toBe('unreachable');
      expect((await fault(healthy.revoke(order.handle, stopped))).code).toBe('unreachable');
      expect((await fault(healthy.verifyRevoked(order.handle, null, stopped))).code).toBe('unreachable');
      const hanging = use(need<NonNullable<ConnectorHarness['hanging']>>(context, 'hanging')());
      const since = Date.now();
      const calls = [
        hanging.provision(order, AbortSignal.timeout(200)),
        hanging.revoke(order.handle, AbortSignal.timeout(200)),
        hanging.verifyRevoked(order.handle, null, AbortSignal.timeout(200)),
      ];
      for (const { code } of await Promise.all(calls.map(fault))) expect(code).toBe('unreachable');
      expect(Date.now() - since).toBeLessThan(3_000);
    });

    for (const when of ['before', 'after'] as const) {
      it(`recovers from a cut ${when} each step of provisioning`, async (context) => {
        const cut = need<NonNullable<ConnectorHarness['cut']>>(context, 'cut');
        for (let step = 1; step <= CUT_STEPS_MAX; step += 1) {
          const broken = cut(step, when);
          const [kept, undone] = [orderFor(), orderFor()];
          const connector = use(broken.open());
          const outcome = await connector.provision(undone, soon()).catch((error: unknown) => error);
          const reached = broken.hasCut();
          broken.mend();
          if (reached) expect(outcome).toMatchObject({ code: 'unreachable' });
          const restarted = use(h.open());
          await restarted.revoke(undone.handle, soon());
          await expectGone(restarted, undone);
          if (!reached) return expect(step).toBeGreaterThan(1);
          await use(cut(step, when).open())
            .provision(kept, soon())
            .catch(() => {});
          broken.mend();
          expect(await h.works(kept, await restarted.provision(kept, soon()))).toBe(true);
        }
        throw new Error('provisioning takes more steps than the kit tries');
      });

      it(`recovers from a cut ${when} each step of revocation`, async (context) => {
        const cut = need<NonNullable<ConnectorHarness['cut']>>(context, 'cut');
        for (let step = 1; step <= CUT_STEPS_MAX; step += 1) {
          const order = orderFor();
          const made = await use(h.open()).provision(order, soon());
          const session = await h.openSession?.(order, made);
          const broken = cut(step, when);
          const outcome = await use(broken.open())
            .revoke(order.handle, soon())
            .catch((error: unknown) => error);
          const reached = broken.hasCut();
          broken.mend();
          if (reached) expect(outcome).toMatchObject({ code: 'unreachable' });
          const restarted = use(h.open());
          await restarted.revoke(order.handle, soon());
          await expectGone(restarted, order, made);
          await session?.ended;
          if (!reached) return expect(step).toBeGreaterThan(1);
        }
        throw new Error('revocation takes more steps than the kit tries');
      });
    }

    it('leaves no secret in the target’s log', async (context) => {
      const log = need<() => string>(context, 'targetLog');
      const connector = use(h.open());
      const order = orderFor();
      const made = await connector.provision(order, soon());
      await connector.verifyActive(order, made, soon());
      await connector.revoke(order.handle, soon());
      await connector.verifyRevoked(order.handle, 1_000, soon());
      // Compared apart from the log, which a failing assertion would print whole.
      expect(log().includes(order.handle.name)).toBe(true);
      const seen = [made.material, ...h.canaries].filter((word) => log().includes(word));
      expect(seen).toHaveLength(0);
    });

    it('gives out a secret that does not show itself', async () => {
      const made = await use(h.open()).provision(orderFor(), soon());
      expect(
        [
          String(made.secret),
          JSON.stringify(made.secret),
          inspect(made.secret, { showHidden: true, depth: 9 }),
        ].join(),
      ).not.toContain(made.material);
      expect(
        made.secret
          .expose()
          .map((field) => field.value)
          .join('\n'),
      ).toContain(made.material);
    });

    it('holds nothing open once it is closed', async () => {
      const sockets = (): number =>
        process.getActiveResourcesInfo().filter((one) => /TCP|TLS/.test(one)).length;
      const before = sockets();
      const connector = h.open();
      const order = orderFor();
      const made = await connector.provision(order, soon());
      await connector.verifyActive(order, made, soon());
      await connector.revoke(order.handle, soon());
      await connector.verifyRevoked(order.handle, 1_000, soon());
      await connector.close();
      await vi.waitFor(() => expect(sockets()).toBeLessThanOrEqual(before), { timeout: 3_000 });
    });
  });
}
