import type { Subject } from '../../src/domain/values.ts';
import { createCatalogueDirectory } from '../../src/identity/catalogue-directory.ts';
import { loadCatalogue } from '../../src/policy/catalogue.ts';
import { createCataloguePolicy } from '../../src/policy/catalogue-policy.ts';
import type { Catalogue } from '../../src/ports/catalogue.ts';
import type { Directory } from '../../src/ports/directory.ts';
import type { PolicyEngine, PolicyQuestion } from '../../src/ports/policy.ts';

export const exampleCatalogue = () =>
  loadCatalogue(new URL('../../manifests/access/catalogue.yaml', import.meta.url).pathname);

/** A policy over a catalogue, with subjects numbered as they are first asked for. */
export function policyOver(catalogue: Catalogue, overrides: Partial<Directory> = {}) {
  const subjects = new Map<string, Subject>();
  const directory = { ...createCatalogueDirectory(catalogue), ...overrides };
  const subjectOf = async (person: string, mint: () => Subject) => {
    const subject = subjects.get(person) ?? mint();
    subjects.set(person, subject);
    return subject;
  };
  const nextSubject = (): Subject => `s:${String(subjects.size).padStart(24, '0')}`;
  const parts = { catalogue, directory, subjects: { subjectOf }, ids: { subject: nextSubject } };
  return {
    policy: createCataloguePolicy(parts),
    subjectOf: (person: string) => subjectOf(person, nextSubject),
  };
}

export const question = (person: string, entitlement: string, more: Partial<PolicyQuestion> = {}) => ({
  action: 'request' as const,
  person,
  entitlement,
  durationMs: 60_000,
  at: Date.UTC(2026, 10, 20, 12),
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
