import { z } from 'zod';
import { digest, type RequestId, requestId } from '../domain/values.ts';

/** Every button and input that reaches us back, on any platform. The only place where these ids are written. */
export const ACTION = {
  approve: 'countersign.approve',
  approveShorter: 'countersign.approve-shorter',
  deny: 'countersign.deny',
  withdraw: 'countersign.withdraw',
  reveal: 'countersign.reveal',
  extend: 'countersign.extend',
  done: 'countersign.done',
  revoke: 'countersign.revoke',
  ask: 'countersign.ask',
  agreeToErasure: 'countersign.agree-to-erasure',
  evidence: 'countersign.evidence',
  /** Inputs of the request form. */
  entitlement: 'countersign.entitlement',
  duration: 'countersign.duration',
  justification: 'countersign.justification',
  ticket: 'countersign.ticket',
  startAt: 'countersign.start-at',
  /** Inputs of the smaller dialogs. */
  reason: 'countersign.reason',
  shorter: 'countersign.shorter',
} as const;
export type ActionId = (typeof ACTION)[keyof typeof ACTION];

/** Dialogs whose submission reaches us back. */
export const DIALOG = {
  request: 'countersign.dialog.request',
  shorten: 'countersign.dialog.shorten',
  deny: 'countersign.dialog.deny',
  revoke: 'countersign.dialog.revoke',
  /** Says something; nothing can be submitted. */
  notice: 'countersign.dialog.notice',
} as const;
export type DialogId = (typeof DIALOG)[keyof typeof DIALOG];

/** What a button carries: which request, and the digest of what its reader was shown. Ids, never state. */
export interface Target {
  readonly request: RequestId;
  readonly shown: string;
}

export const actionValue = (target: Target): string => `${target.request}|${target.shown}`;

const target = z.tuple([requestId, digest]);

/** Null for anything that `actionValue` does not make. */
export function parseTarget(value: unknown): Target | null {
  if (typeof value !== 'string') return null;
  const parsed = target.safeParse(value.split('|'));
  return parsed.success ? { request: parsed.data[0], shown: parsed.data[1] } : null;
}

const erasure = z.uuid();

/** Which proposal a button is about; null for anything else. */
export function parseErasure(value: unknown): string | null {
  const parsed = erasure.safeParse(value);
  return parsed.success ? parsed.data : null;
}
