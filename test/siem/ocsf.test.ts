import { describe, expect, it } from 'vitest';
import { leafHash } from '../../src/audit/leaf.ts';
import type { Followed } from '../../src/ports/follower.ts';
import { OCSF_VERSIONS, type OcsfVersion, toOcsf } from '../../src/siem/ocsf.ts';
import type { Source } from '../../src/siem/record.ts';
import { ANN, ASKER } from '../domain/facts.ts';
import { schemaOf, wrongIn } from './ocsf-schema.ts';
import { CANARY, SAMPLES, sample } from './samples.ts';

const SOURCE: Source = { origin: 'log.test/countersign', version: '1.2.3', names: new Map() };
const NAMED: Source = { ...SOURCE, names: new Map([[ASKER, 'Asker Name']]) };

type Json = Readonly<Record<string, unknown>>;
/** As it is on the wire: what is undefined is not there. */
const mapped = (followed: Followed, version: OcsfVersion, source = SOURCE): Json =>
  JSON.parse(JSON.stringify(toOcsf(followed, source, version)));

describe.each(OCSF_VERSIONS)('OCSF %s', (version) => {
  const schema = schemaOf(version);

  it('is what its vector is of', () => {
    expect(schema.version).toBe(version);
  });

  it.each(Object.keys(SAMPLES))('has %s as its class allows, with names or without', (name) => {
    for (const source of [SOURCE, NAMED]) {
      expect(wrongIn(schema, mapped(sample(name), version, source))).toEqual([]);
    }
  });

  it.each(Object.keys(SAMPLES))('says nothing of %s that someone typed', (name) => {
    expect(JSON.stringify(mapped(sample(name), version))).not.toContain(CANARY);
  });
});

describe('the check against the schema', () => {
  const schema = schemaOf('1.8.0');
  const good = mapped(sample('CredentialIssued'), '1.8.0');
  const { privileges: _, ...without } = good;

  it.each<[string, Json, string]>([
    ['a class that is not there', { ...good, class_uid: 3099 }, 'class_uid: no class 3099'],
    ['what is required and missing', without, 'privileges: missing'],
    ['an attribute the class does not know', { ...good, entity: {} }, 'entity: unknown attribute'],
    ['a deprecated one', { ...good, resource: {} }, 'resource: deprecated'],
    ['a value that is not enumerated', { ...good, severity_id: 9 }, 'severity_id: 9 is no value of it'],
    ['a label of another value', { ...good, status: 'Failure' }, 'status_id: is called "Failure"'],
    ['text for a number', { ...good, time: '0' }, 'time: 0 is no timestamp_t'],
    ['one for many', { ...good, privileges: 'read' }, 'privileges: no array'],
    ['a type of another activity', { ...good, type_uid: 300502 }, 'type_uid: is not class and activity'],
    ['an object with none of what it needs', { ...good, user: { type_id: 1 } }, 'user.: none of account'],
    [
      'an object of a kind nobody looked up',
      { ...good, src_endpoint: {} },
      'src_endpoint: [object Object] is no',
    ],
  ])('refuses %s', (_name, event, reason) => {
    expect(wrongIn(schema, event).join('\n')).toContain(reason);
  });

  it('lets anything be in unmapped alone', () => {
    expect(wrongIn(schema, { ...good, unmapped: { whatever: [1] } })).toEqual([]);
  });
});

describe('access', () => {
  it.each<[string, OcsfVersion, number]>([
    ['CredentialIssued', '1.8.0', 300501],
    ['RevocationVerified', '1.8.0', 300502],
    ['membership given', '1.8.0', 300603],
    ['membership taken', '1.8.0', 300604],
    ['CredentialIssued', '1.9.0-dev', 300716],
    ['a role taken', '1.9.0-dev', 300717],
    ['a privilege given', '1.9.0-dev', 300714],
    ['a privilege taken', '1.9.0-dev', 300715],
    ['membership given', '1.9.0-dev', 300603],
    ['membership taken', '1.9.0-dev', 300604],
  ])('is for %s in %s of type %i', (name, version, type) => {
    expect(mapped(sample(name), version)).toMatchObject({ type_uid: type, status_id: 1 });
  });

  it('is granted once and revoked once in a life', () => {
    const types = Object.keys(SAMPLES).filter((name) => /^[A-Z]/.test(name));
    const access = types.filter((name) => {
      const { class_uid: cls, status_id: status } = mapped(sample(name), '1.8.0');
      return cls === 3005 && status === 1;
    });
    expect(access).toEqual(['CredentialIssued', 'RevocationVerified']);
  });

  it('failed where it could not be given or taken, and is grave where people were told', () => {
    expect(mapped(sample('ProvisioningFailed'), '1.8.0')).toMatchObject({
      type_uid: 300501,
      status_id: 2,
      status_code: 'unreachable',
    });
    expect(mapped(sample('RevocationFailed'), '1.8.0')).toMatchObject({ type_uid: 300502, severity_id: 3 });
    expect(mapped(sample('an escalated failure'), '1.8.0')).toMatchObject({ severity_id: 4 });
  });

  it('names who consented as its actor, who has it as its user, and the request', () => {
    const issued = sample('CredentialIssued');
    expect(mapped(issued, '1.8.0')).toMatchObject({
      actor: { user: { uid: ANN } },
      user: { uid: ASKER, programmatic_credentials: [{ type: 'postgres-role' }] },
      privileges: ['orders-db:read'],
      resources: [{ uid: 'orders-db' }],
      metadata: {
        version: '1.8.0',
        uid: issued.event.meta.id,
        sequence: issued.event.meta.index,
        correlation_uid: 'req_000000000001',
        event_code: 'CredentialIssued',
        log_name: 'log.test/countersign',
      },
      unmapped: {
        grant: {
          request_id: 'req_000000000001',
          ttl_s: 3_600,
          expires_at: issued.state?.grant?.expiresAt,
          policy: { digest: 'd1' },
          approvals: [{ by: ANN }],
          justification_digest: expect.stringMatching(/^[\w-]{43}$/),
        },
      },
    });
  });

  it('has Countersign as its actor where a rule consented', () => {
    expect(mapped(sample('a rule consented'), '1.8.0')).toMatchObject({
      actor: { app_name: 'Countersign' },
      unmapped: { grant: { approved_by_rule: 'rule-1' } },
    });
  });
});

it.each<[string, number]>([
  ['RequestSubmitted', 300401],
  ['ApprovalRecorded', 300403],
  ['SecretRevealed', 300402],
  ['SecretShredded', 300404],
  ['ApproversReminded', 300499],
  ['LogRead', 300402],
  ['CatalogueLoaded', 300403],
  ['a first catalogue', 300401],
  ['a retired key', 300409],
  ['PersonIntroduced', 300401],
  ['DisclosuresRedacted', 300404],
])('%s is a change of an entity, of type %i', (name, type) => {
  expect(mapped(sample(name), '1.8.0')).toMatchObject({ type_uid: type });
});

it('carries the leaf as it is stored, so that it can be proven to be in the log', () => {
  const { raw_data: raw, raw_data_hash: hash } = mapped(sample('RevocationVerified'), '1.8.0');
  expect(hash).toMatchObject({ value: leafHash(Buffer.from(String(raw))).toString('hex') });
});

it('names people only where it is given names', () => {
  const issued = sample('CredentialIssued');
  expect(mapped(issued, '1.8.0', NAMED)).toMatchObject({ user: { uid: ASKER, name: 'Asker Name' } });
  expect(JSON.stringify(mapped(issued, '1.8.0'))).not.toContain('Asker Name');
});
