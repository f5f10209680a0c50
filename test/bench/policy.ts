import '../../src/v8-flags.ts';
import { mkdtemp, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type * as Wasm from '@cedar-policy/cedar-wasm/nodejs';
import { readDisclosure } from '../../src/audit/disclosure.ts';
import { personIn } from '../../src/policy/cases/asked.ts';
import type { CedarQuestion } from '../../src/policy/cedar/policies.ts';
import { CEDAR_SCHEMA } from '../../src/policy/cedar/schema.ts';
import { evaluate } from '../../src/policy/evaluate.ts';
import type { PolicyInput } from '../../src/policy/input.ts';
import { judge } from '../../src/policy/cases/judgement.ts';
import { loadRules, rulesFromFiles } from '../../src/policy/load.ts';
import type { Rules } from '../../src/policy/rules.ts';
import { replay } from '../../src/policy/compare/simulate.ts';
import { evolve } from '../../src/domain/evolve.ts';
import type { Store } from '../../src/ports/store.ts';
import { openSqliteStore } from '../../src/store/sqlite/store.ts';
import { systemIds } from '../../src/system.ts';
import { found } from '../../src/workflows/log/journal.ts';
import { EXAMPLE } from '../policy/folders.ts';
import { FIRST_AT, recordRequests } from '../policy/recorded.ts';
import { parts } from '../store/places.ts';
import { p50, p99 } from './statistics.ts';

interface Latency {
  readonly p50Ms: number;
  readonly p99Ms: number;
}
export interface PolicyFigures {
  readonly samples: number;
  /** `evaluate` with so many policies. */
  readonly small: Latency;
  readonly medium: Latency;
  readonly large: Latency;
  /** One question to Cedar itself, with as many policies as `small`. */
  readonly bare: Latency;
  readonly questionsEach: number;
  readonly simulate: { readonly requests: number; readonly s: number };
}

export const SIZES = { small: 15, medium: 200, large: 1_000 } as const;
const SAMPLES = 600;
const WARM_UP = 50;
const REQUESTS = 2_000;

/** Decisions with ever more policies and bare questions, in turn; then recorded requests, replayed. */
export async function benchPolicy(): Promise<PolicyFigures> {
  const example = await loadRules(`${EXAMPLE}/catalogue.yaml`);
  const small = withPolicies(example, SIZES.small);
  const medium = withPolicies(example, SIZES.medium);
  const large = withPolicies(example, SIZES.large);
  const inputs = inputsOf(example);
  const questions = inputs.flatMap((input) => judge(small, input).steps.map(({ question }) => question));
  const bare = bareCedar(small);
  const times = {
    small: [] as number[],
    medium: [] as number[],
    large: [] as number[],
    bare: [] as number[],
  };
  for (let n = -WARM_UP; n < SAMPLES; n++) {
    const input = nth(inputs, n);
    const into = (name: keyof typeof times): number[] => (n < 0 ? [] : times[name]);
    timed(into('bare'), () => bare(nth(questions, n)));
    timed(into('small'), () => evaluate(small, input));
    timed(into('medium'), () => evaluate(medium, input));
    timed(into('large'), () => evaluate(large, input));
  }
  const latency = (samples: readonly number[]): Latency => ({ p50Ms: p50(samples), p99Ms: p99(samples) });
  return {
    samples: SAMPLES,
    small: latency(times.small),
    medium: latency(times.medium),
    large: latency(times.large),
    bare: latency(times.bare),
    questionsEach: questions.length / inputs.length,
    simulate: await benchSimulate(example),
  };
}

function timed(into: number[], work: () => unknown): void {
  const from = performance.now();
  work();
  into.push(performance.now() - from);
}

const nth = <T>(all: readonly T[], n: number): T => {
  const one = all[((n % all.length) + all.length) % all.length];
  if (one === undefined) throw new Error('nothing to take from');
  return one;
};

/** The example's policies, and others until there are so many: half about one entitlement each, half about all. */
function withPolicies(example: Rules, count: number): Rules {
  const entitlements = [...example.catalogue.entitlements.keys()];
  const more = count - (example.policies?.rules.size ?? 0);
  const rules = Array.from({ length: more }, (_, n) => {
    const resource = n % 2 === 0 ? `resource == Entitlement::"${nth(entitlements, n)}"` : 'resource';
    const when = `when { context.impact > ${1_000 + n} && context.weekday == ${1 + (n % 7)} }`;
    return `@id("forbid.bench-${n}")\nforbid (principal, action == Action::"request", ${resource}) ${when};`;
  });
  const file = new Map([['policies/bench.cedar', Buffer.from(`${rules.join('\n')}\n`)]]);
  return rulesFromFiles(new Map([...example.files, ...file]), `${EXAMPLE}/catalogue.yaml`);
}

/** Everyone asks for everything at noon of a Tuesday, where the catalogue lets them: so that Cedar is asked. */
function inputsOf({ catalogue }: Rules): readonly PolicyInput[] {
  const at = FIRST_AT + 4.5 * 24 * 3_600_000;
  return [...catalogue.people.keys()].flatMap((key) => {
    const person = personIn(catalogue, key);
    if (person === null) return [];
    return [...catalogue.entitlements.values()]
      .filter(({ requesters }) => requesters.some((group) => person.groups.includes(group)))
      .map(({ id, durationsMs }): PolicyInput => {
        const asked = { entitlement: id, durationMs: durationsMs[0] ?? 0, at, startAt: null };
        return { v: 1, action: 'request', person, ...asked, facts: {}, exceptions: [], vote: null };
      });
  });
}

/** Cedar alone, its policies and schema preparsed: what no engine over it can be quicker than. */
function bareCedar({ policies }: Rules): (question: CedarQuestion) => void {
  const cedar = createRequire(import.meta.url)('@cedar-policy/cedar-wasm/nodejs') as typeof Wasm;
  const staticPolicies = Object.fromEntries([...(policies?.rules ?? [])].map(([id, { text }]) => [id, text]));
  cedar.preparsePolicySet('bare', { staticPolicies });
  cedar.preparseSchema('bare', CEDAR_SCHEMA);
  return ({ principal, action, resource, context, entities }) => {
    const answer = cedar.statefulIsAuthorized({
      principal: { type: 'Person', id: principal },
      action: { type: 'Action', id: action },
      resource: { type: 'Entitlement', id: resource },
      context,
      entities: entities as unknown as Wasm.Entities,
      preparsedPolicySetId: 'bare',
      preparsedSchemaName: 'bare',
      validateRequest: true,
    });
    if (answer.type === 'failure') throw new Error(answer.errors[0]?.message);
  };
}

/** As `policy simulate`: each request's facts read from the log, and put to both rule sets. */
async function benchSimulate(before: Rules): Promise<PolicyFigures['simulate']> {
  const folder = await mkdtemp(join(tmpdir(), 'countersign-bench-'));
  const store = await openSqliteStore({
    ...parts,
    ids: systemIds,
    evolve,
    file: join(folder, 'countersign.db'),
  });
  try {
    await recordRequests(store, before, REQUESTS);
    const after = withPolicies(before, SIZES.small);
    const from = performance.now();
    const requests = await replayed(store, before, after);
    return { requests, s: (performance.now() - from) / 1_000 };
  } finally {
    await store.close();
    await rm(folder, { recursive: true, force: true });
  }
}

async function replayed(store: Store, before: Rules, after: Rules): Promise<number> {
  let requests = 0;
  for await (const { type, data, meta } of found(store, { types: ['RequestSubmitted', 'AccessRefused'] })) {
    if (type !== 'RequestSubmitted' && type !== 'AccessRefused') continue;
    const answer = type === 'RequestSubmitted' ? { consent: data.consent } : { refused: data.code };
    const kept = await store.storedDisclosures(meta.index, meta.index + 1);
    const facts = kept.find(({ field }) => field === 'facts');
    if (facts === undefined) throw new Error(`no facts beside ${meta.index}`);
    const past = { facts: readDisclosure(facts.disclosure).value, hadFacts: true, answer };
    const { kind } = replay(past, before, after);
    if (kind !== 'unchanged') throw new Error(`${meta.index}: ${kind}`);
    requests += 1;
  }
  return requests;
}
