import type { Command } from './command.ts';
import { approve, deny, lapse, lapseExtension, remind, withdraw } from './consenting.ts';
import { type Decision, refused } from './decision.ts';
import { escalate } from './escalating.ts';
import {
  extend,
  flag,
  recordExtended,
  recordExtensionFailure,
  recordIssued,
  recordProvisionFailure,
  reveal,
  start,
  warn,
} from './granting.ts';
import { done, expire, recordRemoved, recordRevocationFailure, recordVerified, revoke } from './revoking.ts';
import type { RequestState } from './state.ts';
import { submit } from './submission.ts';

/** The decider: what happens when `command` meets `state`. No I/O, no clock; deny by default. */
export function decide(state: RequestState | null, command: Command): Decision {
  if (command.kind === 'submit')
    return state === null
      ? submit(command)
      : refused({ code: 'wrong-phase', action: 'submit', phase: state.phase });
  if (state === null) return refused({ code: 'no-such-request' });
  switch (command.kind) {
    case 'approve':
      return approve(state, command);
    case 'deny':
      return deny(state, command);
    case 'withdraw':
      return withdraw(state, command);
    case 'lapse':
      return lapse(state, command);
    case 'lapse-extension':
      return lapseExtension(state, command);
    case 'remind':
      return remind(state, command);
    case 'escalate':
      return escalate(state, command);
    case 'start':
      return start(state, command);
    case 'record-issued':
      return recordIssued(state, command);
    case 'record-provision-failure':
      return recordProvisionFailure(state, command);
    case 'reveal':
      return reveal(state, command);
    case 'warn':
      return warn(state, command);
    case 'extend':
      return extend(state, command);
    case 'record-extended':
      return recordExtended(state);
    case 'record-extension-failure':
      return recordExtensionFailure(state, command);
    case 'flag':
      return flag(state, command);
    case 'expire':
      return expire(state, command);
    case 'done':
      return done(state, command);
    case 'revoke':
      return revoke(state, command);
    case 'record-removed':
      return recordRemoved(state, command);
    case 'record-revocation-failure':
      return recordRevocationFailure(state, command);
    case 'record-verified':
      return recordVerified(state, command);
  }
}
