import { formatDuration } from '../../domain/duration.ts';
import type { RecordedEvent } from '../../domain/events.ts';
import type { Dossier } from '../dossier.ts';
import { endOf } from '../findings/grant.ts';
import { only } from '../source.ts';
import { utc } from './times.ts';
import { endedBecause, listed, titleOf } from './words.ts';

/** What became of the request, in one sentence or two, from its last words alone. */
export function outcomeOf({ own, nameOf }: Dossier): string {
  const submitted = only(own, 'RequestSubmitted')[0];
  if (submitted === undefined) return 'Nobody has asked for anything here.';
  const { requester, entitlement, durationMs } = submitted.data;
  const who = nameOf(requester);
  const what = titleOf(entitlement);
  if (only(own, 'ProvisioningStarted').length > 0) return granted(own, who, what, nameOf);
  const asked = `${who} asked for ${what} for ${formatDuration(durationMs)}`;
  const last = only(own, ...DECIDING).at(-1);
  switch (last?.type) {
    case 'RequestDenied':
      return `${asked}; ${nameOf(last.data.by)} denied it. Nothing was set up.`;
    case 'RequestWithdrawn':
      return `${asked} and withdrew it. Nothing was set up.`;
    case 'RequestLapsed':
      return `${asked}; nobody decided in time, and it lapsed.`;
    case 'ActivationRefused':
      return `${asked} and was approved, but the rules no longer allowed it. Nothing was set up.`;
    case 'RequestApproved':
      return `${asked}. ${approval(own, nameOf)}, and it has not started yet.`;
    case 'ApprovalsVoided':
    case undefined:
      return `${asked}. It waits for approval.`;
  }
}

const DECIDING = [
  ...(['RequestDenied', 'RequestWithdrawn', 'RequestLapsed'] as const),
  ...(['ActivationRefused', 'RequestApproved', 'ApprovalsVoided'] as const),
];

function granted(
  own: readonly RecordedEvent[],
  who: string,
  what: string,
  nameOf: Dossier['nameOf'],
): string {
  const consent = approval(own, nameOf);
  const issued = only(own, 'CredentialIssued')[0];
  const started = only(own, 'RevocationStarted').at(-1);
  const window = only(own, 'ProvisioningStarted', 'GrantExtended').at(-1);
  if (started === undefined)
    return issued === undefined
      ? `${who} is being given ${what}. ${consent}.`
      : `${who} has ${what} until ${window === undefined ? 'its end' : utc(window.data.expiresAt)}. ${consent}.`;
  const proof = only(own, 'RevocationVerified').at(-1)?.data.proof;
  const had =
    issued === undefined
      ? `${who} was to have ${what}`
      : `${who} had ${what} for ${formatDuration((endOf(own) ?? started.meta.at) - issued.meta.at)}`;
  const end = `it ended because ${endedBecause(started.data, nameOf)}`;
  if (proof === undefined) return `${had}. ${consent}; ${end}, and is not proven gone yet.`;
  return `${had}. ${consent}; ${end}, and was proven gone ${lagOf(proof.at - (endOf(own) ?? proof.at))} later.`;
}

function approval(own: readonly RecordedEvent[], nameOf: Dossier['nameOf']): string {
  const approvers = only(own, 'RequestApproved').at(-1)?.data.approvers ?? [];
  return approvers.length === 0 ? 'A rule approved it' : `${listed(approvers.map(nameOf))} approved it`;
}

/** "812 ms", "3.7 s", "1 min 2 s": an auditor wants to see small ones too. */
export function lagOf(ms: number): string {
  if (ms < 1_000) return `${ms} ms`;
  return ms < 60_000 ? `${(ms / 1_000).toFixed(1)} s` : formatDuration(ms);
}
