import { describe, expect, it } from 'vitest';
import { extendableMs } from '../../src/domain/granting.ts';
import {
  admits,
  ANN,
  ASKER,
  AUTOMATIC,
  BEN,
  command,
  ENTITLEMENT,
  EXTENDING,
  event,
  FORBIDDEN,
  HISTORY,
  HOUR,
  MINUTE,
  NOBODY,
  ONE,
  SHOWN,
  SHOWN_EXTENSION,
  STAMP,
  T0,
  TWO,
} from './facts.ts';
import { given, seen } from './given.ts';

const active = HISTORY.active;
const extended = [event('ExtensionRequested'), event('ExtensionApproved'), event('GrantExtended')];
const cap = ENTITLEMENT.extension.longestMs;

describe('an extension', () => {
  it('is a question to those whom a fresh request would ask', () => {
    given(...active)
      .when(command('extend', { at: T0 + MINUTE, extraMs: HOUR, admission: admits(TWO) }))
      .thenEvents(
        event('ExtensionRequested', {
          by: ASKER,
          extraMs: HOUR,
          lapseAt: T0 + HOUR,
          consent: TWO,
          policy: STAMP,
        }),
      );
  });

  it('is approved at once where a fresh request would be', () => {
    given(...active)
      .when(command('extend', { admission: admits(AUTOMATIC) }))
      .thenEvents(
        event('ExtensionRequested', { consent: AUTOMATIC }),
        event('ExtensionApproved', { expiresAt: T0 + 2 * HOUR, approvers: [] }),
      );
  });

  it('is refused where a fresh request would be', () => {
    given(...active)
      .when(command('extend', { admission: FORBIDDEN }))
      .thenRefused({ code: 'not-admissible', reason: 'not-eligible' });
    given(...active)
      .when(command('extend', { admission: admits(NOBODY) }))
      .thenRefused({ code: 'not-admissible', reason: 'consent-unknown' });
  });

  it('is for the requester alone, and another’s attempt is on record', () => {
    given(...active)
      .when(command('extend', { by: ANN }))
      .thenRefused(
        { code: 'not-yours' },
        event('AttemptRefused', { by: ANN, action: 'extend', code: 'not-yours' }),
      );
  });

  it('is one at a time', () => {
    given(...EXTENDING)
      .when(command('extend'))
      .thenRefused({ code: 'extension-pending' });
  });

  it('lapses with the grant at the latest', () => {
    const longer = event('CredentialIssued', { expiresAt: T0 + 5 * HOUR });
    const provisioning = event('ProvisioningStarted', { expiresAt: T0 + 5 * HOUR });
    given(...HISTORY.approved, provisioning, longer)
      .when(command('extend'))
      .thenEvents(event('ExtensionRequested', { lapseAt: T0 + ENTITLEMENT.lapseAfterMs }));
  });
});

describe('how long an extension may be', () => {
  it('is capped by the terms', () => {
    given(...active)
      .when(command('extend', { extraMs: cap }))
      .thenTypes('ExtensionRequested');
    given(...active)
      .when(command('extend', { extraMs: cap + 1 }))
      .thenRefused({ code: 'duration-too-long', durationMs: cap + 1, longestMs: cap });
  });

  it.each([0, -HOUR, 0.5])('is a positive number of ms (%d)', (extraMs) => {
    given(...active)
      .when(command('extend', { extraMs }))
      .thenRefused({ code: 'duration-not-positive', durationMs: extraMs });
  });

  it('is never beyond what a fresh request could get, then and today', () => {
    const short = { ...ENTITLEMENT, longestMs: HOUR };
    const capped = { code: 'duration-too-long', durationMs: HOUR + 1, longestMs: HOUR } as const;
    given(event('RequestSubmitted', { entitlement: short }), ...active.slice(1))
      .when(command('extend', { extraMs: HOUR + 1 }))
      .thenRefused(capped);
    given(...active)
      .when(command('extend', { extraMs: HOUR + 1, admission: admits(ONE, short) }))
      .thenRefused(capped);
  });

  it('by one click is the granted time again, within the caps', () => {
    expect(extendableMs(seen(...active))).toBe(HOUR);
    given(...active)
      .when(command('extend', { extraMs: null }))
      .thenEvents(event('ExtensionRequested'));
    const short = { ...ENTITLEMENT, longestMs: 20 * MINUTE };
    given(...active)
      .when(command('extend', { extraMs: null, admission: admits(ONE, short) }))
      .thenEvents(event('ExtensionRequested', { extraMs: 20 * MINUTE }));
  });

  it('is not longer, unasked, than what an approver made shorter', () => {
    const shortened = [
      event('RequestSubmitted'),
      event('ApprovalRecorded', { shortenToMs: 10 * MINUTE }),
      event('RequestApproved', { durationMs: 10 * MINUTE }),
      ...active.slice(3),
    ];
    given(...shortened)
      .when(command('extend', { extraMs: HOUR, admission: admits(AUTOMATIC) }))
      .thenRefused({ code: 'duration-too-long', durationMs: HOUR, longestMs: 10 * MINUTE });
    given(...shortened)
      .when(command('extend', { extraMs: 10 * MINUTE, admission: admits(AUTOMATIC) }))
      .thenTypes('ExtensionRequested', 'ExtensionApproved');
    given(...shortened)
      .when(command('extend', { extraMs: HOUR }))
      .thenTypes('ExtensionRequested');
  });

  it('ends with the number of times the terms allow', () => {
    given(...active, ...extended)
      .when(command('extend'))
      .thenTypes('ExtensionRequested');
    given(...active, ...extended, ...extended)
      .when(command('extend'))
      .thenRefused({ code: 'no-more-extensions', most: 2 });
  });

  it('does not spend one of those times on an extension that was denied or lapsed', () => {
    for (const end of [event('ExtensionDenied'), event('ExtensionLapsed'), event('ExtensionFailed')]) {
      const path = [
        event('ExtensionRequested'),
        ...(end.type === 'ExtensionFailed' ? [extended[1] ?? end] : []),
        end,
      ];
      expect(seen(...active, ...path, ...extended).grant?.extensions).toBe(1);
    }
  });

  it('offers nothing where nothing would be taken', () => {
    expect(extendableMs(seen(...EXTENDING))).toBeNull();
    expect(extendableMs(seen(...active, ...extended, ...extended))).toBeNull();
    expect(extendableMs(seen(...HISTORY.provisioning))).toBeNull();
    expect(extendableMs(seen(...HISTORY.revoking))).toBeNull();
  });
});

describe('consent to an extension', () => {
  const vote = { shown: SHOWN_EXTENSION };

  it('moves the expiry from where it stands, by the shortest time anyone consented to', () => {
    given(...EXTENDING)
      .when(command('approve', { ...vote, shortenToMs: 15 * MINUTE }))
      .thenEvents(
        event('ApprovalRecorded', { shown: SHOWN_EXTENSION, shortenToMs: 15 * MINUTE }),
        event('ExtensionApproved', { expiresAt: T0 + 75 * MINUTE, approvers: [ANN] }),
      );
  });

  it('is not given for longer than was asked', () => {
    given(...EXTENDING)
      .when(command('approve', { ...vote, shortenToMs: HOUR + 1 }))
      .thenRefused({ code: 'duration-too-long', durationMs: HOUR + 1, longestMs: HOUR });
  });

  it('is not the requester’s to give', () => {
    given(...EXTENDING)
      .when(command('approve', { ...vote, by: ASKER }))
      .thenRefused(
        { code: 'own-request' },
        event('AttemptRefused', { by: ASKER, action: 'approve', code: 'own-request' }),
      );
  });

  it('is not given by showing the request instead', () => {
    given(...EXTENDING)
      .when(command('approve', { by: BEN, shown: SHOWN }))
      .thenRefused({ code: 'wrong-phase', action: 'approve', phase: 'active' });
  });

  it('may come from those who consented to the request: it is another question', () => {
    given(...active, event('ExtensionRequested', { consent: TWO }))
      .when(command('approve', vote))
      .thenTypes('ApprovalRecorded');
    given(
      ...active,
      event('ExtensionRequested', { consent: TWO }),
      event('ApprovalRecorded', { shown: SHOWN_EXTENSION }),
    )
      .when(command('approve', vote))
      .thenRefused({ code: 'already-decided', by: 'you' });
  });

  it('does not change who consented to the request', () => {
    const state = seen(...EXTENDING, event('ApprovalRecorded', { by: BEN, shown: SHOWN_EXTENSION }));
    expect(state.ballot.approvals.map((a) => a.by)).toEqual([ANN]);
    expect(state.extension?.approvals.map((a) => a.by)).toEqual([BEN]);
  });

  it('once denied leaves the grant as it was, and another may be asked for', () => {
    given(...EXTENDING)
      .when(command('deny', vote))
      .thenEvents(event('ExtensionDenied', { shown: SHOWN_EXTENSION }, { reason: 'not today' }));
    const denied = [...EXTENDING, event('ExtensionDenied')];
    expect(seen(...denied)).toMatchObject({
      phase: 'active',
      extension: null,
      grant: { expiresAt: T0 + HOUR },
    });
    given(...denied)
      .when(command('extend'))
      .thenTypes('ExtensionRequested');
  });

  it('comes too late from the lapse on', () => {
    const at = T0 + HOUR;
    given(...EXTENDING)
      .when(command('approve', { ...vote, at }))
      .thenRefused({ code: 'lapsed', at });
    given(...EXTENDING)
      .when(command('lapse-extension', { at: at - 1 }))
      .thenRefused({ code: 'not-due' });
    given(...EXTENDING)
      .when(command('lapse-extension', { at }))
      .thenEvents(event('ExtensionLapsed'));
  });
});

describe('an approved extension', () => {
  const approved = [...EXTENDING, event('ExtensionApproved', { expiresAt: T0 + 2 * HOUR })];

  it('moves our expiry only when the target has been told', () => {
    expect(seen(...approved).grant?.expiresAt).toBe(T0 + HOUR);
    given(...approved)
      .when(command('record-extended'))
      .thenEvents(event('GrantExtended', { expiresAt: T0 + 2 * HOUR }));
    expect(seen(...approved, event('GrantExtended'))).toMatchObject({
      extension: null,
      grant: { expiresAt: T0 + 2 * HOUR, extensions: 1, warnedAt: null },
    });
  });

  it('that the target did not take is tried again, and the attempts are counted', () => {
    const retryAt = T0 + MINUTE;
    given(...approved, event('ExtensionFailed', { attempt: 1, retryAt }))
      .when(command('record-extension-failure', { retryAt }))
      .thenEvents(event('ExtensionFailed', { attempt: 2, retryAt }, { detail: 'connect ECONNREFUSED' }));
    given(...approved, event('ExtensionFailed', { attempt: 1, retryAt }))
      .when(command('record-extended'))
      .thenTypes('GrantExtended');
  });

  it('that is given up leaves the grant as it was', () => {
    expect(seen(...approved, event('ExtensionFailed', { retryAt: null }))).toMatchObject({
      phase: 'active',
      extension: null,
      grant: { expiresAt: T0 + HOUR, extensions: 0 },
    });
  });
});

describe('an extension that races the expiry', () => {
  const approved = [...EXTENDING, event('ExtensionApproved', { expiresAt: T0 + 2 * HOUR })];

  it('cannot be asked for from the expiry on, before the expiry is recorded', () => {
    given(...active)
      .when(command('extend', { at: T0 + HOUR }))
      .thenRefused({ code: 'wrong-phase', action: 'extend', phase: 'active' });
    given(...active)
      .when(command('extend', { at: T0 + HOUR - 1 }))
      .thenTypes('ExtensionRequested');
  });

  it('loses while the target has not been told: the expiry on record ends the grant', () => {
    given(...approved)
      .when(command('expire'))
      .thenTypes('RevocationStarted', 'SecretShredded');
    given(...approved, event('RevocationStarted'))
      .when(command('record-extended'))
      .thenRefused({ code: 'wrong-phase', action: 'record-extended', phase: 'revoking' });
    expect(seen(...approved, event('RevocationStarted')).extension).toBeNull();
  });

  it('wins when it was recorded first: the old expiry is not due any more', () => {
    const moved = [...approved, event('GrantExtended')];
    given(...moved)
      .when(command('expire'))
      .thenRefused({ code: 'not-due' });
    given(...moved)
      .when(command('expire', { at: T0 + 2 * HOUR }))
      .thenTypes('RevocationStarted', 'SecretShredded');
  });
});
