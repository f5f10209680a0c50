import type { Subject } from '../../src/domain/values.ts';
import { createCatalogueDirectory } from '../../src/identity/catalogue-directory.ts';
import { loadCatalogue } from '../../src/policy/catalogue.ts';
import { createPolicyEngine, type EngineParts } from '../../src/policy/engine.ts';
import type { Rules } from '../../src/policy/rules.ts';
import type { Catalogue } from '../../src/ports/catalogue.ts';
import type { Directory } from '../../src/ports/directory.ts';
import type { BallotQuestion, PolicyEngine, PolicyQuestion } from '../../src/ports/policy.ts';

export const exampleCatalogue = () =>
  loadCatalogue(new URL('../../manifests/access/catalogue.yaml', import.meta.url).pathname);

export const NOON = Date.UTC(2026, 10, 20, 12);

/** A catalogue that decides alone: no policies beside it, and no calendar that holds. */
export const rulesOf = (catalogue: Catalogue): Rules => ({
  catalogue,
  policies: null,
  calendars: {
    holding: () => [],
    localTime: () => ({ minuteOfDay: 720, weekday: 5, date: '2026-11-20' }),
    endOf: () => null,
  },
  digest: catalogue.digest,
  files: new Map(),
});

/** An engine over rules, with subjects numbered as they are first asked for. */
export function engineOver(
  rules: Rules,
  overrides: Partial<Directory> = {},
  parts: Partial<EngineParts> = {},
) {
  const subjects = new Map<string, Subject>();
  const directory = { ...createCatalogueDirectory(rules.catalogue), ...overrides };
  const nextSubject = (): Subject => `s:${String(subjects.size).padStart(24, '0')}`;
  const subjectOf = async (person: string, mint: () => Subject) => {
    const subject = subjects.get(person) ?? mint();
    subjects.set(person, subject);
    return subject;
  };
  const known = async (person: string) => subjects.get(person) ?? null;
  const policy = createPolicyEngine({
    rules: () => rules,
    directory,
    signals: [],
    exceptions: { inForce: async () => [] },
    subjects: { subjectOf, known },
    ids: { subject: nextSubject },
    deadline: () => new AbortController().signal,
    now: () => NOON,
    ...parts,
  });
  return { policy, directory, subjectOf: (person: string) => subjectOf(person, nextSubject) };
}

/** The engine over a catalogue that decides alone. */
export const policyOver = (catalogue: Catalogue, overrides: Partial<Directory> = {}) =>
  engineOver(rulesOf(catalogue), overrides);

export const question = (person: string, entitlement: string, more: Partial<PolicyQuestion> = {}) => ({
  action: 'request' as const,
  person,
  entitlement,
  durationMs: 60_000,
  at: NOON,
  ...more,
});

/** The answer to a question that must be a yes. */
export async function allowed(policy: PolicyEngine, asked: PolicyQuestion) {
  const answer = await policy.answer(asked);
  if (!answer.allowed) throw new Error(`refused: ${JSON.stringify(answer.reason)}`);
  return answer;
}

/** The reason of an answer that must be a no. */
export async function refusal(policy: PolicyEngine, asked: PolicyQuestion) {
  const answer = await policy.answer(asked);
  if (answer.allowed) throw new Error('allowed');
  return answer.reason;
}

/** The open question that an answer leads to. */
export const ballotOf = (
  { entitlement, consent }: Pick<BallotQuestion, 'entitlement' | 'consent'>,
  more: Partial<BallotQuestion> = {},
): BallotQuestion => ({
  entitlement,
  consent,
  opened: [],
  requester: null,
  durationMs: 60_000,
  at: NOON,
  ...more,
});
