/** In which capacity someone reads the record of a request that is not their own. */
export type ReaderRole = 'auditor' | 'owner' | 'approver';

/**
 * The disclosed fields that each may read. What is not named here is masked: nobody needs more than their task does.
 * `facts`, what the rules were told of a person, is nobody's to read but theirs: it is kept for other rules to be tried on.
 */
const VISIBLE: Readonly<Record<ReaderRole, ReadonlySet<string>>> = {
  /** Who, why, who consented and how it ended, of everyone; how to write to them is not part of it. */
  auditor: new Set(['justification', 'ticket', 'comment', 'reason', 'detail', 'person', 'name', 'author']),
  /** Why their resource was used and what the target said; not what approvers wrote to each other. */
  owner: new Set(['justification', 'ticket', 'reason', 'detail', 'name']),
  /** What is decided on, and what others said in deciding; not what the target said. */
  approver: new Set(['justification', 'ticket', 'comment', 'reason', 'name']),
};

export const mayRead = (role: ReaderRole, field: string): boolean => VISIBLE[role].has(field);

/** A disclosed text as one reader gets it. `redactedAt`: index of the event that tells of its removal. */
export type ShownText =
  | { readonly kind: 'clear'; readonly value: string }
  | { readonly kind: 'masked' }
  | { readonly kind: 'redacted'; readonly redactedAt: number | null };
