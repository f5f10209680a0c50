import { describe, expect, it } from 'vitest';
import { canonicalBytes } from '../../src/audit/canonical.ts';
import { leafHash } from '../../src/audit/leaf.ts';
import { toCloudEvent } from '../../src/siem/cloud-events.ts';
import { CANARY, SAMPLES, sample } from './samples.ts';

const SOURCE = { origin: 'log.test/countersign', version: '1.2.3', names: new Map() };
type Json = Readonly<Record<string, unknown>>;
const mapped = (name: string): Json => JSON.parse(JSON.stringify(toCloudEvent(sample(name), SOURCE)));

describe.each(Object.keys(SAMPLES))('%s as a CloudEvent', (name) => {
  const made = mapped(name);

  it('has the required attributes, not empty, and a time as RFC 3339 has it', () => {
    expect(made).toMatchObject({
      specversion: '1.0',
      id: expect.stringMatching(/./),
      source: 'log.test/countersign',
      type: `dev.countersign.${sample(name).event.type}`,
      subject: expect.stringMatching(/./),
    });
    expect(new Date(String(made['time'])).toISOString()).toBe(made['time']);
  });

  it('has attributes whose names and values are such as may be', () => {
    for (const [attribute, value] of Object.entries(made).filter(([each]) => each !== 'data')) {
      expect(attribute).toMatch(/^[a-z][a-z0-9]{0,19}$/);
      expect(value).toBeTypeOf('string');
    }
  });

  it('carries the leaf: its canonical JSON has the hash that the log has', () => {
    expect(leafHash(canonicalBytes(made['data'])).toString('hex')).toBe(sample(name).event.meta.leaf);
  });

  it('says nothing that someone typed', () => {
    expect(JSON.stringify(made)).not.toContain(CANARY);
  });
});

it('is about a request where it is of one, else about its stream', () => {
  expect(mapped('CredentialIssued')).toMatchObject({ subject: 'req_000000000001' });
  expect(mapped('LogRead')).toMatchObject({ subject: 'log' });
});

it('has a sequence that sorts as text as the log does', () => {
  const sequences = ['RequestSubmitted', 'ApprovalRecorded', 'CredentialIssued'].map(
    (name) => mapped(name)['sequence'],
  );
  expect(sequences).toEqual(['0000000000000041', '0000000000000042', '0000000000000045']);
});
