import { z } from 'zod';
import type { EventMeta } from './events.ts';
import { classification, digest, policyStamp, requestId, type Subject, subject } from './values.ts';

/** One disclosed field of one event, by its place and the digest that stays in the event. */
export const redactionTarget = z.strictObject({
  index: z.int().min(0),
  field: z.string(),
  digest: z.string(),
});
export type RedactionTarget = z.infer<typeof redactionTarget>;

/** The state of the log at a size; `root` in hex. */
const treeHead = z.strictObject({ size: z.int().min(0), root: digest });
/** `root` null: how far an anchor has seen, and no more than that. */
const heldHead = treeHead.extend({ root: digest.nullable() });

/**
 * Events of the installation itself, beside those of requests: who someone is, who read the log, what was erased from
 * beside it, which keys sign it, which rules were loaded. Leaves of the same log; no request's state follows from them.
 */
export const JOURNAL = {
  /** The first time a person takes part: their pseudonym, with name and e-mail as disclosures. Stream `person/SUBJECT`. */
  PersonIntroduced: z.strictObject({ subject }),

  /** Stream `log`, as the following ones. `query` holds ids and times only, never text that someone typed. */
  LogRead: z.strictObject({
    by: subject,
    what: z.enum(['search', 'export', 'evidence', 'report']),
    as: z.enum(['auditor', 'approver', 'owner']),
    query: z.record(z.string(), z.string()),
    request: requestId.nullable(),
  }),
  /** `vkey`: the public key as C2SP writes it. */
  SigningKeyChanged: z.strictObject({ change: z.enum(['added', 'retired']), vkey: z.string() }),
  /** Two people take the tree as it is, though what `anchors` hold is of another: a backup was restored. */
  TreeAccepted: z.strictObject({
    tree: treeHead,
    anchors: z.array(z.strictObject({ anchor: z.string(), head: heldHead })).max(500),
    by: subject,
    approvedBy: subject,
    /** Of the log's keys, a line each as C2SP writes them: a database alone cannot say that anyone accepted it. */
    signatures: z.string().max(4_096),
  }),
  /** Before rules were more than the catalogue; `RulesLoaded` has taken its place. */
  CatalogueLoaded: z.strictObject({ digest, previous: digest.nullable() }),
  /** Which rules are in force from here on. Ids only: who wrote them lies beside it. */
  RulesLoaded: z.strictObject({
    digest,
    previous: digest.nullable(),
    cause: z.enum(['start', 'changed', 'reverted']),
    /** The operator who went back to an earlier version. */
    by: subject.nullable(),
    /** Of the folder, where it is under git and has no changes of its own. */
    commit: z
      .string()
      .regex(/^[0-9a-f]{7,64}$/)
      .nullable(),
    /** What differs from `previous`: `policy/forbid.freeze`, `entitlement/orders-db:read`, `group/dba`. */
    changes: z.strictObject({
      added: z.array(z.string()).max(100),
      removed: z.array(z.string()).max(100),
      changed: z.array(z.string()).max(100),
      /** How many more there are than fit. */
      more: z.int().min(0),
    }),
  }),
  /** A folder that cannot be used; the rules before it stay. `digest`: of the bytes of its files. */
  RulesRefused: z.strictObject({ digest, problems: z.int().positive(), keeping: digest }),
  /** The rules said no to someone who asked: kept so that other rules can be tried on it. */
  AccessRefused: z.strictObject({
    by: subject,
    entitlement: z.string(),
    durationMs: z.int().positive(),
    code: z.string(),
    policy: policyStamp,
  }),
  /** What a sweep found on a target and the log does not have open; kept when it differs from the last one. */
  DriftFound: z.strictObject({
    connector: z.string(),
    late: z.array(z.string()).max(200),
    unknown: z.array(z.string()).max(200),
  }),

  /** Stream `redaction/ID`, as the following one: a whole person is to be forgotten, once someone else agrees. */
  ErasureProposed: z.strictObject({ subject, by: subject }),
  /** Written in the transaction that deletes the disclosures. `subject`: the whole person's key went too. */
  DisclosuresRedacted: z.strictObject({
    cause: z.enum(['field', 'person', 'retention']),
    targets: z.array(redactionTarget).max(400),
    subject: subject.nullable(),
    by: subject.nullable(),
    approvedBy: subject.nullable(),
    /** Which rule of the catalogue, where it was one. */
    retention: z.strictObject({ classification, afterMs: z.int().positive() }).nullable(),
  }),
} as const;

export type JournalType = keyof typeof JOURNAL;
export type JournalData<T extends JournalType> = z.infer<(typeof JOURNAL)[T]>;

/** Which free-text fields may lie beside each, as disclosures. */
export const JOURNAL_PERSONAL_FIELDS: { readonly [T in JournalType]?: readonly string[] } = {
  PersonIntroduced: ['person', 'name', 'email'],
  TreeAccepted: ['reason'],
  ErasureProposed: ['reason'],
  DisclosuresRedacted: ['reason'],
  RulesLoaded: ['author', 'reason'],
  RulesRefused: ['detail'],
  AccessRefused: ['facts'],
};

export type JournalEvent = {
  [T in JournalType]: {
    readonly type: T;
    readonly data: JournalData<T>;
    readonly personal?: Readonly<Record<string, string>>;
  };
}[JournalType];

export type RecordedJournalEvent = {
  [T in JournalType]: { readonly type: T; readonly data: JournalData<T>; readonly meta: EventMeta };
}[JournalType];

export const logStream = 'log';
/** Under whose key a text lies that is about nobody: why a folder of rules was refused. No person has it. */
export const nobody: Subject = `s:${'f'.repeat(24)}`;
export const personStream = (of: z.infer<typeof subject>): string => `person/${of}`;
export const redactionStream = (id: string): string => `redaction/${id}`;
