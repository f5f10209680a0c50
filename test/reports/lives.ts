import type { EventData } from '../../src/domain/events.ts';
import { streamOf } from '../../src/domain/state.ts';
import type { RequestId, Subject, Trigger } from '../../src/domain/values.ts';
import { ANN, ASKER, BEN, event, HANDLE, HOUR, MINUTE, PROOF, T0, TWO } from '../domain/facts.ts';
import { Book } from './book.ts';

export const requestOf = (n: number): RequestId => `req_${String(n).padStart(12, '0')}`;
const stream = (n: number): string => streamOf(requestOf(n));

interface Life {
  readonly at: number;
  readonly requester?: Subject;
  readonly justification?: string;
  readonly submission?: Partial<EventData<'RequestSubmitted'>>;
}

/** Asks, in request `n`; answers the leaf that decisions must have been shown. */
export function ask(
  book: Book,
  n: number,
  { at, requester = ASKER, justification, submission }: Life,
): string {
  const data = { requester, consent: TWO, lapseAt: at + 2 * HOUR, ...submission };
  const personal = { justification: justification ?? `INC-${n}: orders stuck` };
  return book.add(stream(n), at, event('RequestSubmitted', data, personal)).meta.leaf;
}

export function approve(
  book: Book,
  n: number,
  by: Subject,
  shown: string,
  at: number,
  comment?: string,
): void {
  const words = comment === undefined ? undefined : { comment };
  book.add(stream(n), at, event('ApprovalRecorded', { by, shown }, words));
}

export const complete = (
  book: Book,
  n: number,
  at: number,
  approvers: readonly Subject[] = [ANN, BEN],
): void =>
  void book.add(stream(n), at, event('RequestApproved', { durationMs: HOUR, approvers: [...approvers] }));

/** Two approvals and a credential for an hour, a minute after each other. */
export function grant(book: Book, n: number, life: Life): void {
  const { at } = life;
  const shown = ask(book, n, life);
  approve(book, n, ANN, shown, at + MINUTE);
  approve(book, n, BEN, shown, at + 2 * MINUTE, 'go ahead');
  complete(book, n, at + 2 * MINUTE);
  issue(book, n, at + 3 * MINUTE);
}

export function issue(book: Book, n: number, at: number): void {
  const expiresAt = at + HOUR;
  const handle = { ...HANDLE, name: `jit_a1b2_${String(n).padStart(20, '0')}` };
  book.add(stream(n), at, event('ProvisioningStarted', { expiresAt, handle }));
  book.add(stream(n), at + 1_000, event('CredentialIssued', { expiresAt }));
}

interface Ending {
  readonly at: number;
  readonly trigger?: Trigger;
  readonly by?: Subject | null;
  readonly reason?: string;
  /** From the beginning of the removal to the proof. */
  readonly tookMs?: number;
  readonly leftovers?: readonly string[];
}

export function begin(book: Book, n: number, { at, trigger = 'expired', by = null, reason }: Ending): void {
  const words = reason === undefined ? undefined : { reason };
  book.add(stream(n), at, event('RevocationStarted', { trigger, by }, words));
}

export function end(book: Book, n: number, ending: Ending): void {
  const { at, tookMs = 2_000, leftovers = [] } = ending;
  begin(book, n, ending);
  book.add(stream(n), at + 1_000, event('CredentialRemoved', { killed: 1, leftovers: [...leftovers] }));
  book.add(stream(n), at + tookMs, event('RevocationVerified', { proof: { ...PROOF, at: at + tookMs } }));
}

export const fail = (
  book: Book,
  n: number,
  at: number,
  differing: Partial<EventData<'RevocationFailed'>>,
): void =>
  void book.add(stream(n), at, event('RevocationFailed', differing, { detail: 'connect ECONNREFUSED' }));

export const refuse = (book: Book, n: number, at: number, by: Subject, code: string): void =>
  void book.add(stream(n), at, event('AttemptRefused', { by, action: 'approve', code }));

/** So many requests, a minute after each other, each had for an hour. */
export function bookOf(count: number): Book {
  const book = new Book();
  for (let n = 1; n <= count; n++) {
    grant(book, n, { at: T0 + n * 60_000 });
    end(book, n, { at: T0 + n * 60_000 + HOUR, reason: 'over', trigger: 'revoked', by: ANN });
  }
  return book;
}
