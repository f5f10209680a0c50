import type { EventType } from './events.ts';
import type { Phase } from './state.ts';

/** In which phases an event may follow. What is not here cannot have happened, whoever wrote it. */
export const MAY_FOLLOW: { readonly [T in EventType]: readonly Phase[] | 'any' } = {
  RequestSubmitted: [],
  ApprovalRecorded: ['requested', 'active'],
  RequestApproved: ['requested'],
  RequestDenied: ['requested', 'approved'],
  RequestWithdrawn: ['requested', 'approved'],
  RequestLapsed: ['requested'],
  ApproversReminded: ['requested'],
  StageEscalated: ['requested', 'active'],
  ApprovalsVoided: ['approved'],
  ActivationRefused: ['approved'],

  ProvisioningStarted: ['approved'],
  ProvisioningFailed: ['provisioning'],
  CredentialIssued: ['provisioning'],
  SecretRevealed: ['active'],
  SecretShredded: ['revoking'],
  ExpiryWarned: ['active'],

  ExtensionRequested: ['active'],
  ExtensionApproved: ['active'],
  ExtensionDenied: ['active'],
  ExtensionLapsed: ['active'],
  ExtensionFailed: ['active'],
  GrantExtended: ['active'],
  GrantFlagged: ['active'],

  RevocationStarted: ['provisioning', 'active'],
  CredentialRemoved: ['revoking'],
  RevocationFailed: ['revoking'],
  RevocationVerified: ['revoking'],

  AttemptRefused: 'any',
};
