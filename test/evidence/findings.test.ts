import { describe, expect, it } from 'vitest';
import type { Case } from '../../src/evidence/findings/finding.ts';
import { findingsOf } from '../../src/evidence/findings/index.ts';
import { BEN, HOUR, PROOF } from '../domain/facts.ts';
import { at, caseOf, FULL, judged, told, without } from './judging.ts';
import { LIVES, STEP_MS } from './lives.ts';

describe('of each life, the findings', () => {
  it.each(Object.keys(LIVES))('%s: nothing that should hold fails', async (name) => {
    const findings = findingsOf(await caseOf(name));
    expect(findings.filter(({ verdict }) => verdict === 'does-not-hold')).toEqual([]);
    expect(new Set(findings.map(({ id }) => id)).size).toBe(findings.length);
  });

  it('name only events that there are, each once and in order', async () => {
    const about = await caseOf('an extended one');
    const known = [...about.own, ...about.journal].map(({ meta }) => meta.index);
    for (const { events } of findingsOf(about)) {
      expect(known).toEqual(expect.arrayContaining([...events]));
      expect(events).toEqual([...new Set(events)].toSorted((a, b) => a - b));
    }
  });
});

describe('the end on record before the credential', () => {
  const id = 'expiry-before-credential';

  it('holds by the order of the log', async () => {
    const about = await caseOf(FULL);
    const [intent] = at(about, 'ProvisioningStarted');
    const [made] = at(about, 'CredentialIssued');
    expect(judged(about, id)).toMatchObject({
      verdict: 'holds',
      why: `#${intent} names it and its end, #${made} says that it exists`,
      events: [intent, made],
    });
  });

  it('does not hold where the intent is missing, comes later, or names another end', async () => {
    const about = await caseOf(FULL);
    expect(judged(without(about, 'ProvisioningStarted'), id).verdict).toBe('does-not-hold');
    expect(judged(told(about, 'ProvisioningStarted', { expiresAt: 1 }), id).verdict).toBe('does-not-hold');
    const own = about.own.map((event) =>
      event.type === 'ProvisioningStarted' ? { ...event, meta: { ...event.meta, index: 9_999 } } : event,
    );
    expect(judged({ ...about, own }, id).verdict).toBe('does-not-hold');
  });

  it('does not apply where nothing was issued', async () => {
    expect(judged(await caseOf('one that failed'), id).verdict).toBe('does-not-apply');
  });
});

describe('the secret', () => {
  const id = 'secret-to-requester-alone';

  it('holds when seen once, and when never seen', async () => {
    expect(judged(await caseOf(FULL), id).verdict).toBe('holds');
    expect(judged(await caseOf('one that is active'), id)).toMatchObject({
      verdict: 'holds',
      why: 'nobody has seen it',
    });
  });

  it('does not hold where someone else saw it, or it was shown again', async () => {
    const about = await caseOf(FULL);
    expect(judged(told(about, 'SecretRevealed', { by: BEN }), id)).toMatchObject({
      verdict: 'does-not-hold',
      why: expect.stringContaining('someone else'),
    });
    const shown = about.own.find(({ type }) => type === 'SecretRevealed')!;
    const again = { ...shown, meta: { ...shown.meta, index: shown.meta.index + 1 } };
    expect(judged({ ...about, own: [...about.own, again] }, id)).toMatchObject({
      verdict: 'does-not-hold',
      why: expect.stringContaining('again'),
    });
  });
});

describe('the removal', () => {
  const id = 'removal-proven';

  it('holds with its lag in ms, from the end of access to the look', async () => {
    expect(judged(await caseOf(FULL), id)).toMatchObject({ verdict: 'holds', lagMs: 3 * STEP_MS });
    expect(judged(await caseOf('one that was revoked'), id)).toMatchObject({
      verdict: 'holds',
      lagMs: 2 * STEP_MS,
    });
    expect(judged(await caseOf('one that failed'), id).verdict).toBe('holds');
  });

  it('counts from the end on record where its revocation began later', async () => {
    const about = await caseOf(FULL);
    const own = about.own.map((event) =>
      event.type === 'RevocationStarted'
        ? { ...event, meta: { ...event.meta, at: event.meta.at + 1 } }
        : event,
    );
    expect(judged({ ...about, own }, id).lagMs).toBe(3 * STEP_MS);
  });

  it('is not yet due while access runs, and does not hold once it should have ended', async () => {
    const about = await caseOf('one that is active');
    expect(judged(about, id)).toMatchObject({ verdict: 'not-yet', why: 'access has not ended yet' });
    const overdue = { ...about, at: about.at + 2 * HOUR };
    const { verdict, lagMs } = judged(overdue, id);
    expect([verdict, lagMs]).toEqual(['does-not-hold', 2 * HOUR - (HOUR - STEP_MS)]);
  });

  it('does not hold while only failures are on record', async () => {
    const about = without(await caseOf(FULL), 'RevocationVerified', 'CredentialRemoved');
    expect(judged(about, id)).toMatchObject({
      verdict: 'does-not-hold',
      why: expect.stringContaining('after 1 try'),
    });
  });

  it.each<[string, Partial<typeof PROOF>]>([
    ['the credential was still there', { absent: false }],
    ['a login was let in', { loginRefused: 'no' }],
    ['a session was left', { liveSessions: 1 }],
    ['the look was taken before the end', { at: 0 }],
  ])('does not hold where %s', async (_, differing) => {
    const about = await caseOf(FULL);
    const { proof } = about.own.find((event) => event.type === 'RevocationVerified')!.data;
    expect(
      judged(told(about, 'RevocationVerified', { proof: { ...proof, ...differing } }), id),
    ).toMatchObject({
      verdict: 'does-not-hold',
    });
  });

  it('does not hold where nothing was removed before the look', async () => {
    expect(judged(without(await caseOf(FULL), 'CredentialRemoved'), id).verdict).toBe('does-not-hold');
  });

  it('does not hold where a sweep found it again, and names that sweep', async () => {
    const name = LIVES[FULL]!().state!.grant!.handle.name;
    let drift = -1;
    const about = await caseOf(FULL, (life) => {
      drift = life.sweepFinds(name);
    });
    expect(judged(about, id)).toMatchObject({
      verdict: 'does-not-hold',
      why: `it was found on the target again: #${drift}`,
      events: expect.arrayContaining([drift]),
    });
  });

  it('does not apply where nothing was made', async () => {
    expect(judged(await caseOf('one refused at its start'), id).verdict).toBe('does-not-apply');
  });
});

describe('the rules', () => {
  const id = 'rules-on-record';

  it('hold with the event that loaded them', async () => {
    const about = await caseOf(FULL);
    expect(judged(about, id)).toMatchObject({ verdict: 'holds', why: '4 steps, 1 version of the rules' });
    expect(judged(about, id).events).toEqual(expect.arrayContaining(at(about, 'CatalogueLoaded')));
  });

  it('do not hold where a step names a version that was never loaded, or only later', async () => {
    const about = await caseOf(FULL);
    const other = told(about, 'ApprovalRecorded', { policy: { ids: ['x'], digest: 'e'.repeat(64) } });
    expect(judged(other, id)).toMatchObject({
      verdict: 'does-not-hold',
      why: `no event tells which rules #${at(about, 'ApprovalRecorded')[0]} followed`,
    });
    const journal = about.journal.map((event) => ({ ...event, meta: { ...event.meta, index: 9_999 } }));
    expect(judged({ ...about, journal: journal as Case['journal'] }, id).verdict).toBe('does-not-hold');
  });
});

describe('texts', () => {
  const id = 'texts-accounted-for';

  it('hold where all are there, and where each that is missing was erased on record', async () => {
    expect(judged(await caseOf(FULL), id)).toMatchObject({
      verdict: 'holds',
      why: expect.stringContaining('still exist'),
    });
    let redaction: number | null = null;
    const about = await caseOf(FULL, (life) => {
      redaction = life.erase(life.of('ApprovalRecorded')[0]!, 'comment');
    });
    expect(judged(about, id)).toMatchObject({
      verdict: 'holds',
      events: expect.arrayContaining([redaction]),
    });
  });

  it('do not hold where one is gone without a word', async () => {
    const about = await caseOf(FULL, (life) =>
      life.erase(life.of('RequestSubmitted')[0]!, 'justification', false),
    );
    expect(judged(about, id)).toMatchObject({
      verdict: 'does-not-hold',
      why: `“justification” of #${at(about, 'RequestSubmitted')[0]}: gone, and no redaction tells of it`,
    });
  });

  it('do not hold where a redaction names another digest, or one is of another event', async () => {
    const digest = await caseOf(FULL, (life) => {
      const index = life.of('RequestSubmitted')[0]!;
      life.erase(index, 'justification');
      const redaction = life.log.events.at(-1)!;
      if (redaction.type === 'DisclosuresRedacted') redaction.data.targets[0]!.digest = 'other';
    });
    expect(judged(digest, id).verdict).toBe('does-not-hold');
    const stolen = await caseOf(FULL, (life) => {
      const [index = 0, comment = 0] = [life.of('RequestSubmitted')[0], life.of('ApprovalRecorded')[0]];
      const kept = life.log.disclosures.find((d) => d.index === comment)!;
      life.log.forget(index, 'justification');
      life.log.disclosures.push({ ...kept, index, field: 'justification' });
    });
    expect(judged(stolen, id).verdict).toBe('does-not-hold');
  });
});

describe('what is kept elsewhere', () => {
  const id = 'kept-elsewhere';
  const head = { anchor: 'folder', at: 0, size: 40 };

  it('holds with who took it, waits until someone has, and fails where it is of another tree', async () => {
    const about = await caseOf(FULL);
    expect(judged(about, id).verdict).toBe('not-yet');
    expect(judged({ ...about, anchored: [{ ...head, sameTree: true }] }, id)).toMatchObject({
      verdict: 'holds',
      why: 'taken by folder (40 events)',
    });
    const one = { ...head, sameTree: true };
    const other = { ...head, anchor: 'time-stamp', sameTree: false };
    expect(judged({ ...about, anchored: [one, other] }, id)).toMatchObject({
      verdict: 'does-not-hold',
      why: 'heads of another tree were taken by time-stamp',
    });
  });
});
