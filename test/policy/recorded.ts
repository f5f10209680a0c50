import { decide } from '../../src/domain/decide.ts';
import { logStream } from '../../src/domain/journal.ts';
import { streamOf } from '../../src/domain/state.ts';
import { createCatalogueDirectory } from '../../src/identity/catalogue-directory.ts';
import { createPolicyEngine } from '../../src/policy/engine.ts';
import type { Rules } from '../../src/policy/rules.ts';
import type { PolicyAnswer } from '../../src/ports/policy.ts';
import type { SignalSource } from '../../src/ports/signals.ts';
import type { Store } from '../../src/ports/store.ts';
import { systemIds } from '../../src/system.ts';

export const FIRST_AT = Date.UTC(2026, 10, 20, 0);
const STEP_MS = 37 * 60_000;

/** What happened to be known when the n-th was asked: every seventh time an incident, its severity in turn. */
const signalsAt = (n: number): SignalSource => ({
  name: 'incidents',
  facts: async () => (n % 7 === 0 ? { incident: { id: `INC-${n}`, severity: 1 + (n % 3) } } : {}),
});

const CHARS = '0123456789abcdefghjkmnpqrstvwxyz';
const requestOf = (n: number) => {
  let [rest, text] = [n, ''];
  for (let i = 0; i < 12; i++, rest = Math.floor(rest / 32)) text = CHARS.charAt(rest % 32) + text;
  return `req_${text}` as const;
};

/**
 * Has `count` requests asked for and put on record as intake does: everyone in turn asks for everything in turn, at
 * times 37 minutes apart. Answers how many the rules refused.
 */
export async function recordRequests(store: Store, rules: Rules, count: number): Promise<number> {
  const people = [...rules.catalogue.people.keys()];
  const entitlements = [...rules.catalogue.entitlements.values()];
  let refused = 0;
  for (let n = 0; n < count; n += BATCH) {
    const batch = Array.from({ length: Math.min(BATCH, count - n) }, (_, i) => n + i);
    const allowed = await Promise.all(
      batch.map((i) => {
        const entitlement = entitlements[i % entitlements.length];
        const person = people[Math.floor(i / entitlements.length) % people.length];
        if (entitlement === undefined || person === undefined) throw new Error('an empty catalogue');
        const { id, durationsMs } = entitlement;
        return recordOne(store, rules, { n: i, person, entitlement: id, durationMs: durationsMs[0] ?? 0 });
      }),
    );
    refused += allowed.filter((each) => !each).length;
  }
  return refused;
}

const BATCH = 50;

interface Asked {
  readonly n: number;
  readonly person: string;
  readonly entitlement: string;
  readonly durationMs: number;
}

async function recordOne(store: Store, rules: Rules, asked: Asked): Promise<boolean> {
  const { n, person, entitlement, durationMs } = asked;
  const at = FIRST_AT + n * STEP_MS;
  const engine = createPolicyEngine({
    rules: () => rules,
    directory: createCatalogueDirectory(rules.catalogue),
    signals: [signalsAt(n)],
    exceptions: { inForce: async () => [] },
    subjects: store,
    ids: systemIds,
    deadline: () => new AbortController().signal,
    now: () => at,
  });
  const answer = await engine.answer({ action: 'request', person, entitlement, durationMs, at });
  if (answer.allowed) await submit(store, answer, asked, at);
  else await refuse(store, answer, asked, at);
  return answer.allowed;
}

async function submit(
  store: Store,
  admission: Extract<PolicyAnswer, { allowed: true }>,
  { n, person, durationMs }: Asked,
  at: number,
): Promise<void> {
  const decision = decide(null, {
    kind: 'submit',
    at,
    requester: await store.subjectOf(person, () => systemIds.subject()),
    admission,
    asking: { template: '', minimumLength: 0, ticket: 'none' },
    durationMs,
    startAt: null,
    justification: `to look at number ${n}`,
    ticket: null,
    waiting: null,
    open: 0,
    lately: 0,
  });
  if (!decision.ok) throw new Error(`refused: ${decision.refusal.code}`);
  const events = decision.events.map((event) => ({ ...event, id: systemIds.event(), at }));
  await store.append({ stream: streamOf(requestOf(n)), expectedVersion: 0, events });
}

async function refuse(
  store: Store,
  { stamp, reason, facts }: Extract<PolicyAnswer, { allowed: false }>,
  { person, entitlement, durationMs }: Asked,
  at: number,
): Promise<void> {
  if (facts === null) return;
  const by = await store.subjectOf(person, () => systemIds.subject());
  const data = { by, entitlement, durationMs, code: reason.code, policy: stamp };
  const event = { type: 'AccessRefused', data, personal: { facts }, id: systemIds.event(), at } as const;
  await store.enter({ stream: logStream, expectedVersion: null, events: [event] });
}
