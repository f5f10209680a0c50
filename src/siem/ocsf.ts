import type { RequestState } from '../domain/state.ts';
import type { Subject } from '../domain/values.ts';
import type { Followed } from '../ports/follower.ts';
import { type Deed, type Meaning, meaningOf, type Severity, type Thing } from './meaning.ts';
import { leafText, type Source, scopeWord } from './record.ts';

/** 1.8.0 is the newest release; 1.9.0-dev is what the schema's repository and server have of the next. */
export const OCSF_VERSIONS = ['1.8.0', '1.9.0-dev'] as const;
export type OcsfVersion = (typeof OCSF_VERSIONS)[number];

/**
 * An event as the Open Cybersecurity Schema Framework has it (schema.ocsf.io), category Identity & Access Management.
 * Access given or taken is User Access Management (3005), from 1.9 on User Management (3007), and for membership of a
 * group Group Management (3006); all else is Entity Management (3004). `raw_data` is the leaf, `raw_data_hash` its
 * RFC 6962 leaf hash; `metadata.sequence` the log index, by which a record that came twice is known.
 */
export function toOcsf(followed: Followed, source: Source, version: OcsfVersion): object {
  const meaning = meaningOf(followed);
  const { id, index, at, leaf } = followed.event.meta;
  const raw = leafText(followed);
  return {
    ...classified(meaning, followed.event.type, source, version),
    time: at,
    ...SEVERITY[meaning.severity],
    ...(meaning.failure === null
      ? { status_id: 1, status: 'Success' }
      : { status_id: 2, status: 'Failure', status_code: meaning.failure }),
    message: meaning.words,
    actor: meaning.by === null ? { app_name: 'Countersign' } : { user: userOf(meaning.by, source) },
    metadata: {
      version,
      product: { name: 'Countersign', vendor_name: 'Countersign', version: source.version },
      uid: id,
      sequence: index,
      correlation_uid: followed.state?.id,
      event_code: followed.event.type,
      log_name: source.origin,
      logged_time: at,
    },
    raw_data: raw,
    raw_data_hash: { algorithm_id: 99, algorithm: 'RFC 6962 leaf hash, SHA-256', value: leaf },
    raw_data_size: Buffer.byteLength(raw),
    unmapped: followed.state === null ? undefined : { grant: grantOf(followed) },
  };
}

const SEVERITY: Readonly<Record<Severity, object>> = {
  informational: { severity_id: 1, severity: 'Informational' },
  low: { severity_id: 2, severity: 'Low' },
  medium: { severity_id: 3, severity: 'Medium' },
  high: { severity_id: 4, severity: 'High' },
  critical: { severity_id: 5, severity: 'Critical' },
};

type Activity = readonly [id: number, name: string];
type Attributes = Readonly<Record<string, unknown>>;
/** Class, activity, and the attributes that the class has of its own. */
type Classified = readonly [uid: number, name: string, Activity, Attributes];

function classified(meaning: Meaning, type: string, source: Source, version: OcsfVersion): object {
  const [uid, name, [activity, caption], attributes] =
    'request' in meaning
      ? access(meaning.request, meaning.deed === 'grant', source, version)
      : entityManagement(meaning.deed, meaning.thing, source);
  return {
    category_uid: 3,
    category_name: 'Identity & Access Management',
    class_uid: uid,
    class_name: name,
    activity_id: activity,
    // What the schema has no word for is called by its own.
    activity_name: activity === OTHER ? type : caption,
    type_uid: uid * 100 + activity,
    type_name: `${name}: ${caption}`,
    ...attributes,
  };
}

const OTHER = 99;
const ENTITY_ACTIVITY: Readonly<Record<Deed, Activity>> = {
  create: [1, 'Create'],
  read: [2, 'Read'],
  update: [3, 'Update'],
  delete: [4, 'Delete'],
  disable: [9, 'Disable'],
  note: [OTHER, 'Other'],
};

const entityManagement = (deed: Deed, thing: Thing, source: Source): Classified => [
  3004,
  'Entity Management',
  ENTITY_ACTIVITY[deed],
  { entity: entityOf(thing, source) },
];

function entityOf(thing: Thing, source: Source): object {
  const { kind: type, uid } = thing;
  if (thing.kind === 'User') return { type_id: 2, type, uid, user: userOf(thing.uid, source) };
  if (thing.kind === 'Policy') {
    const { version } = thing;
    return { type_id: 5, type, uid, version, policy: { uid, version } };
  }
  return { type_id: OTHER, type, uid };
}

function access(request: RequestState, given: boolean, source: Source, version: OcsfVersion): Classified {
  const user = { ...userOf(request.requester, source), programmatic_credentials: credentialsOf(request) };
  const privileges = [request.entitlement.id];
  const resources = [resourceOf(request, source)];
  const [group, role] = [scopeWord(request, 'group'), scopeWord(request, 'role')];
  if (group !== null) {
    const member = version === '1.8.0' ? { user } : { users: [user], resources };
    const activity: Activity = given ? [3, 'Add User'] : [4, 'Remove User'];
    return [3006, 'Group Management', activity, { group: { name: group }, privileges, ...member }];
  }
  const attributes = { user, privileges, resources };
  if (version === '1.8.0') {
    const activity: Activity = given ? [1, 'Assign Privileges'] : [2, 'Revoke Privileges'];
    return [3005, 'User Access Management', activity, attributes];
  }
  if (role === null) {
    const activity: Activity = given ? [14, 'Assign Privileges'] : [15, 'Remove Privileges'];
    return [3007, 'User Management', activity, attributes];
  }
  const activity: Activity = given ? [16, 'Assign Roles'] : [17, 'Remove Roles'];
  return [3007, 'User Management', activity, { ...attributes, iam_roles: [{ name: role }] }];
}

const credentialsOf = ({ grant }: RequestState): object[] | undefined =>
  grant === null ? undefined : [{ uid: grant.handle.name, type: grant.handle.connector.use }];

const userOf = (subject: Subject, { names }: Source): object => ({
  uid: subject,
  name: names.get(subject),
  type_id: 1,
  type: 'User',
});

function resourceOf({ entitlement }: RequestState, source: Source): object {
  const { resource, resourceTitle, environment, classification, owner } = entitlement;
  return {
    uid: resource,
    name: resourceTitle,
    labels: [environment, classification],
    owner: userOf(owner, source),
    role_id: 1,
    role: 'Target',
  };
}

function grantOf(followed: Followed & { readonly state: RequestState }): object {
  const { state: request, justificationDigest } = followed;
  const { grant, policy, ballot } = request;
  return {
    request_id: request.id,
    requester: request.requester,
    entitlement: request.entitlement.id,
    phase: request.phase,
    expires_at: grant?.expiresAt,
    ttl_s: Math.round(request.durationMs / 1_000),
    reason: request.revocation?.trigger,
    policy,
    approvals: ballot.approvals.map(({ by, at }) => ({ by, at })),
    approved_by_rule: ballot.consent.autoApprovedBy ?? undefined,
    credential: grant?.handle.name,
    justification_digest: justificationDigest ?? undefined,
  };
}
