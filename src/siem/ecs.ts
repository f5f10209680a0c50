import type { RequestState } from '../domain/state.ts';
import type { Subject } from '../domain/values.ts';
import type { Followed } from '../ports/follower.ts';
import { type Meaning, meaningOf, type Severity, type Thing } from './meaning.ts';
import { leafText, type Source, scopeWord } from './record.ts';

const ECS_VERSION = '9.4.0';

/**
 * An event as the Elastic Common Schema 9.4 has it. `event.original` is the leaf, `event.hash` its RFC 6962 leaf hash;
 * `event.sequence` the log index, by which a record that came twice is known.
 */
export function toEcs(followed: Followed, source: Source): object {
  const meaning = meaningOf(followed);
  const { event, state } = followed;
  const { id, index, at, leaf } = event.meta;
  const group = state && scopeWord(state, 'group');
  return {
    '@timestamp': new Date(at).toISOString(),
    ecs: { version: ECS_VERSION },
    message: meaning.words,
    event: {
      id,
      kind: 'event',
      ...kindOf(meaning),
      action: kebab(event.type),
      outcome: meaning.failure === null ? 'success' : 'failure',
      reason: meaning.failure ?? undefined,
      severity: SEVERITY[meaning.severity],
      code: event.type,
      sequence: index,
      provider: 'countersign',
      dataset: 'countersign.log',
      original: leafText(followed),
      hash: leaf,
    },
    service: { name: 'Countersign', type: 'countersign', version: source.version, id: source.origin },
    user: usersOf(meaning, state, source),
    group: group === null ? undefined : { name: group },
    related: { user: relatedTo(meaning, state, source) },
    labels: state === null ? undefined : labelsOf(followed),
  };
}

const SEVERITY: Readonly<Record<Severity, number>> = {
  informational: 1,
  low: 2,
  medium: 3,
  high: 4,
  critical: 5,
};

/** `CredentialIssued` → `credential-issued`. */
const kebab = (type: string): string => type.replace(/(?!^)[A-Z]/g, '-$&').toLowerCase();

const SETTINGS: ReadonlySet<Thing['kind']> = new Set(['Audit Log', 'Policy', 'Signing Key']);

/** Of event.category and event.type, those that ECS lets go together. */
function kindOf(meaning: Meaning): object {
  if ('request' in meaning) {
    const whom = scopeWord(meaning.request, 'group') === null ? 'user' : 'group';
    return { category: ['iam'], type: [whom, 'change'] };
  }
  const { deed, thing } = meaning;
  const setting = SETTINGS.has(thing.kind);
  const type = {
    create: 'creation',
    read: setting ? 'access' : 'info',
    update: 'change',
    delete: 'deletion',
  };
  const more = { disable: 'change', note: 'info' };
  return { category: [setting ? 'configuration' : 'iam'], type: [{ ...type, ...more }[deed]] };
}

/** `user` did it; `user.target` is whose access it is about. */
function usersOf({ by }: Meaning, state: RequestState | null, { names }: Source): object | undefined {
  if (by === null && state === null) return undefined;
  const one = (subject: Subject): object => ({ id: subject, name: names.get(subject) });
  return { ...(by && one(by)), target: state ? one(state.requester) : undefined };
}

function relatedTo({ by }: Meaning, state: RequestState | null, { names }: Source): string[] {
  const subjects = [by, state?.requester ?? null, ...(state?.approvers ?? [])].filter((one) => one !== null);
  return [...new Set(subjects.flatMap((one) => [one, names.get(one) ?? one]))];
}

/** ECS keeps labels as keywords: text, and nothing nested. */
function labelsOf({ state, justificationDigest }: Followed & { readonly state: RequestState }): object {
  const { grant, entitlement, policy } = state;
  return {
    request: state.id,
    phase: state.phase,
    entitlement: entitlement.id,
    resource: entitlement.resource,
    environment: entitlement.environment,
    classification: entitlement.classification,
    expires_at: grant ? new Date(grant.expiresAt).toISOString() : undefined,
    ttl_s: String(Math.round(state.durationMs / 1_000)),
    reason: state.revocation?.trigger,
    policy: policy.ids.join(' '),
    policy_digest: policy.digest,
    approvals: state.ballot.approvals.map(({ by }) => by).join(' '),
    credential: grant?.handle.name,
    justification_digest: justificationDigest ?? undefined,
  };
}
