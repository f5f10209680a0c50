import { randomUUID } from 'node:crypto';
import type { RequestEvent } from '../../src/domain/events.ts';
import { streamOf } from '../../src/domain/state.ts';
import type { NewEvent } from '../../src/ports/store.ts';
import { ANN, BEN, ENTITLEMENT, event, HANDLE, HOUR, MINUTE, person, T0, TWO } from '../domain/facts.ts';

const policy = { ids: ['catalogue/orders-db:read', 'catalogue/audit'], digest: 'd'.repeat(64) };
const shown = 'a'.repeat(64);
const JUSTIFICATION =
  'OPS-4711: an order of last night is missing from the export; I compare the rows of the queue with those of the table.';

/** A request that is granted and ends by itself, as it is committed: 10 commits with 11 events, 2 texts in the first. */
export function lifeOf(n: number): { readonly stream: string; readonly commits: readonly NewEvent[][] } {
  const handle = { ...HANDLE, name: `jit_a1b2_${String(n).padStart(20, '0')}` };
  const requester = person(1_000 + (n % PEOPLE));
  const texts = { justification: JUSTIFICATION, ticket: 'OPS-4711' };
  const commits: readonly RequestEvent[][] = [
    [event('RequestSubmitted', { requester, consent: TWO, entitlement: ENTITLEMENT, policy }, texts)],
    [event('ApprovalRecorded', { by: ANN, shown, policy })],
    [
      event('ApprovalRecorded', { by: BEN, shown, policy }),
      event('RequestApproved', { approvers: [ANN, BEN] }),
    ],
    [event('ProvisioningStarted', { handle, policy })],
    [event('CredentialIssued')],
    [event('SecretRevealed', { by: requester })],
    [event('ExpiryWarned')],
    [event('RevocationStarted')],
    [event('CredentialRemoved')],
    [event('RevocationVerified')],
  ];
  const id = `req_${String(n).padStart(12, '0')}` as const;
  return {
    stream: streamOf(id),
    commits: commits.map((events, i) =>
      events.map((each) => ({ ...each, id: randomUUID(), at: T0 + n * MINUTE + i * HOUR })),
    ),
  };
}

/** Who ask, in turn. */
const PEOPLE = 500;
