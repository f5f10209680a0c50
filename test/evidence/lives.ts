import type { Admission, Command, CommandKind, CommandOf } from '../../src/domain/command.ts';
import { decide } from '../../src/domain/decide.ts';
import type { RecordedEvent } from '../../src/domain/events.ts';
import { evolve } from '../../src/domain/evolve.ts';
import { type JournalEvent, logStream, personStream, redactionStream } from '../../src/domain/journal.ts';
import { type RequestState, streamOf } from '../../src/domain/state.ts';
import type { RequestId, Subject } from '../../src/domain/values.ts';
import type { ReaderRole } from '../../src/domain/visibility.ts';
import { type Bundle, evidenceOf } from '../../src/evidence/bundle.ts';
import { gatherEvidence, type Wanted } from '../../src/evidence/gather.ts';
import {
  admits,
  ANN,
  ASKER,
  AUTOMATIC,
  BEN,
  CLEO,
  command,
  ENTITLEMENT,
  HOUR,
  MINUTE,
  OWNER,
  PROOF,
  STAMP,
  T0,
  TWO,
} from '../domain/facts.ts';
import { MemoryLog, signer } from './log.ts';

export const ID: RequestId = 'req_0123456789ab';
export const AUDITOR: Subject = `s:${'a'.repeat(24)}`;
const DIGEST = 'd'.repeat(64);
const RULES = { ...STAMP, digest: DIGEST };

export const NAMES_OF: Readonly<Record<string, string>> = {
  [ASKER]: 'Ana Novak',
  [ANN]: 'Cleo Laurent',
  [BEN]: 'Dev Sharma',
  [CLEO]: 'Erin Walsh',
  [OWNER]: 'Owen Ruiz',
};

/** Between one event and the next. */
export const STEP_MS = 1_234;

/** Canaries: each stands in one text alone. */
/** What the rules were asked of someone: in nothing that anybody gets. */
const FACTS_ASKED = '{"person":"canary-of-facts"}';

export const TEXTS = {
  justification: 'INC-4711 canary-of-justification: an order is missing from the export',
  ticket: 'INC-4711',
  comment: 'canary-of-comment: fine by me',
  reason: 'canary-of-reason: laptop lost',
  detail: 'canary-of-detail: connect ECONNREFUSED',
} as const;

/** A request as it is lived by the real decider, in a log with other things between its events. */
export class Life {
  readonly log = new MemoryLog();
  state: RequestState | null = null;
  #at = T0;

  constructor(names: Readonly<Record<string, string>> = {}) {
    this.journal(logStream, { type: 'CatalogueLoaded', data: { digest: DIGEST, previous: null } }, ASKER);
    for (const [subject, name] of Object.entries({ ...NAMES_OF, ...names })) {
      const who = subject as Subject;
      const personal = {
        person: `canary-of-key-${name.split(' ')[0]}`,
        name,
        email: `${who}@canary-of-email`,
      };
      this.journal(personStream(who), { type: 'PersonIntroduced', data: { subject: who }, personal }, who);
    }
  }

  get now(): number {
    return this.#at;
  }

  journal(stream: string, event: JournalEvent, whose: Subject): number {
    return this.log.append(stream, event, this.#at, whose).meta.index;
  }

  pass(ms: number): this {
    this.#at += ms;
    return this;
  }

  /** What `kind` does now; refusals that are on record happen too. Someone else's event comes in between. */
  does<K extends CommandKind>(kind: K, differing: Partial<CommandOf<K>> = {}): this {
    this.pass(STEP_MS);
    const shown = this.state?.extension?.shown ?? this.state?.ballot.shown;
    const made = { ...command(kind, differing), at: this.#at };
    const asked = ('shown' in made && !('shown' in differing) ? { ...made, shown } : made) as Command;
    const stamped = ('stamp' in asked ? { ...asked, stamp: RULES } : asked) as Command;
    for (const event of decide(this.state, stamped).events) {
      const recorded = this.log.append(streamOf(ID), event, this.#at, ASKER) as RecordedEvent;
      this.state = evolve(this.state, recorded);
    }
    this.journal(
      logStream,
      { type: 'DriftFound', data: { connector: 'other', late: [], unknown: ['jit_zzzz_other'] } },
      OWNER,
    );
    return this;
  }

  /** The indices of the events of one type. */
  of(type: RecordedEvent['type'] | JournalEvent['type']): number[] {
    return this.log.events.filter((event) => event.type === type).map(({ meta }) => meta.index);
  }

  /** A text is erased, on record or without a word. */
  erase(index: number, field: string, told = true, by = OWNER): number | null {
    const digest = this.log.events[index]?.meta.sd[field] ?? '';
    this.log.forget(index, field);
    if (!told) return null;
    const data = {
      cause: 'field',
      targets: [{ index, field, digest }],
      subject: null,
      by,
      approvedBy: null,
      retention: null,
    } as const;
    return this.journal(
      redactionStream('r1'),
      {
        type: 'DisclosuresRedacted',
        data: { ...data, targets: [...data.targets] },
        personal: { reason: 'asked to' },
      },
      OWNER,
    );
  }

  /** A sweep finds a credential that should be gone. */
  sweepFinds(name: string): number {
    const data = { connector: 'orders', late: [name], unknown: [] };
    return this.journal(logStream, { type: 'DriftFound', data }, OWNER);
  }

  wanted(role: ReaderRole = 'auditor'): Wanted {
    const reader = { subject: AUDITOR, role };
    return {
      request: ID,
      reader,
      at: this.#at,
      software: 'countersign 0.0.0',
      zone: 'Europe/Vienna',
      signer,
      signNow: async () => this.log.signed(),
    };
  }

  source = async (role: ReaderRole = 'auditor') => {
    const source = await gatherEvidence(this.log, this.wanted(role));
    if (source === null) throw new Error('there is no such request');
    return source;
  };

  bundle = async (role: ReaderRole = 'auditor'): Promise<Bundle> => evidenceOf(await this.source(role));
}

/** What the rules say of an entitlement that takes two. */
export const admissionTo = (entitlement = ENTITLEMENT): Admission => ({
  ...admits(TWO, entitlement),
  facts: FACTS_ASKED,
  stamp: RULES,
});
const AGREED = admissionTo();

const asked = (): Life =>
  new Life().does('submit', {
    admission: AGREED,
    durationMs: HOUR,
    justification: TEXTS.justification,
    ticket: TEXTS.ticket,
  });
const approved = (): Life =>
  asked().does('approve', { by: ANN, comment: TEXTS.comment }).does('approve', { by: BEN });
const provisioning = (): Life =>
  approved().does('start', {
    admission: AGREED,
    mayFill: new Map([
      [ANN, [0]],
      [BEN, [0]],
    ]),
  });
const active = (): Life => {
  const life = provisioning();
  return life.does('record-issued', { positiveControlAt: life.now });
};
/** The look at the target is taken as its event is made. */
const verified = (life: Life): Life =>
  life.does('record-verified', {
    proof: { ...PROOF, positiveControlAt: T0 + MINUTE, at: life.now + STEP_MS },
  });
/** From the credential on, as its time runs out: a failed try, then the removal and the look. */
const expired = (life: Life): Life => {
  life.does('reveal').does('warn');
  life.pass((life.state?.grant?.expiresAt ?? 0) - life.now - STEP_MS).does('expire');
  life.does('record-revocation-failure', { detail: TEXTS.detail, nextAttemptAt: life.now + MINUTE });
  return verified(life.does('record-removed', { killed: 1 }));
};

/** Every way a request can have gone, up to where a bundle is asked for. */
export const LIVES: Readonly<Record<string, () => Life>> = {
  'a full life': () => expired(active().does('approve', { by: ASKER })),
  'one that waits': asked,
  'a denied one': () => asked().does('deny', { by: ANN, reason: TEXTS.reason }),
  'a withdrawn one': () => asked().does('withdraw'),
  'a lapsed one': () =>
    asked()
      .pass(2 * HOUR)
      .does('lapse'),
  'one approved by rule': () => {
    const admission = { ...admits(AUTOMATIC), stamp: RULES };
    const life = new Life().does('submit', { admission, justification: TEXTS.justification });
    life.does('start', { admission, mayFill: new Map() });
    return expired(life.does('record-issued', { positiveControlAt: null }));
  },
  'an extended one': () => {
    const life = active().does('extend', { admission: AGREED, extraMs: HOUR });
    life.does('approve', { by: ANN }).does('approve', { by: CLEO }).does('record-extended');
    return expired(life);
  },
  'one that failed': () => {
    const life = provisioning().does('record-provision-failure', { detail: TEXTS.detail, retryAt: null });
    return verified(life.does('record-removed', { outcome: 'absent' }));
  },
  'one refused at its start': () =>
    approved().does('start', {
      admission: { allowed: false, stamp: RULES, code: 'not-eligible', facts: null },
    }),
  'one that is active': active,
  'one that was revoked': () =>
    verified(
      active().does('revoke', { by: OWNER, reason: TEXTS.reason }).does('record-removed', { killed: 2 }),
    ),
};

export function life(name: string): Life {
  const make = LIVES[name];
  if (make === undefined) throw new Error(`no such life: ${name}`);
  return make();
}
