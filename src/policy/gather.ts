import { LIMITS } from '../limits.ts';
import type { Facts, SignalQuestion, SignalSource } from '../ports/signals.ts';
import type { EngineParts } from './engine.ts';
import { knownFacts, type PolicyInput } from './input.ts';
import type { Rules } from './rules.ts';

interface Question {
  readonly action: PolicyInput['action'];
  readonly person: string;
  readonly entitlement: string;
  readonly durationMs: number;
  readonly at: number;
  readonly startAt?: number | null;
  readonly ticket?: string | null;
  readonly vote: PolicyInput['vote'];
}

/** Everything the rules may know of one question, looked up for it; null: nobody knows such a person. */
export async function gatherInput(
  { directory, subjects, exceptions, signals, deadline }: EngineParts,
  { catalogue }: Rules,
  question: Question,
): Promise<PolicyInput | null> {
  const { action, person: key, entitlement, durationMs, at, startAt = null, ticket = null, vote } = question;
  const [person, profile] = await Promise.all([directory.person(key), directory.profile(key)]);
  if (person === null) return null;
  const { groups, stale } = await directory.groupsOf(key, at);
  const subject = await subjects.known(key);
  const open = subject === null ? [] : await exceptions.inForce(subject, at);
  // What is set aside for a while is so for what has ended by then: nothing outlives the exception it stands on.
  const until = Math.max(at, startAt ?? at) + Math.max(0, durationMs);
  const overrides = open.filter(
    (each) => (each.entitlement === null || each.entitlement === entitlement) && each.expiresAt >= until,
  );
  const resource = catalogue.entitlements.get(entitlement)?.resource ?? '';
  const asked = { person: key, entitlement, resource, ticket, at };
  return {
    v: 1,
    action,
    person: {
      key,
      groups: [...groups].sort(),
      stale: [...stale].sort(),
      manager: profile?.manager ?? null,
      operator: person.operator,
      attributes: { ...profile?.attributes },
    },
    entitlement,
    durationMs,
    at,
    startAt,
    facts: await factsOf(signals, asked, deadline),
    exceptions: [...new Set(overrides.map((each) => each.overrides))].sort(),
    vote,
  };
}

/** The first source that knows a fact tells it. One that fails, takes too long or talks nonsense knows nothing. */
async function factsOf(
  signals: readonly SignalSource[],
  question: SignalQuestion,
  deadline: EngineParts['deadline'],
): Promise<Facts> {
  if (signals.length === 0) return {};
  const stop = deadline(LIMITS.signalTimeoutMs);
  const known = await Promise.all(signals.map((source) => factsFrom(source, question, stop)));
  return Object.assign({}, ...known.toReversed()) as Facts;
}

async function factsFrom(source: SignalSource, question: SignalQuestion, stop: AbortSignal): Promise<Facts> {
  const late = new Promise<Facts>((resolve) => {
    stop.addEventListener('abort', () => resolve({}), { once: true });
  });
  const asked = async (): Promise<Facts> => knownFacts.parse(await source.facts(question, stop)) as Facts;
  return stop.aborted ? {} : Promise.race([asked().catch((): Facts => ({})), late]);
}
