import type { AbsenceProof, Handle } from '../../domain/values.ts';
import type { Removed } from '../../ports/connector.ts';
import { onAll, type Room } from './calls.ts';
import { earlier } from './making.ts';

export async function revoke(room: Room, handle: Handle, signal: AbortSignal): Promise<Removed> {
  const removed = await onAll(room, handle, async (connector, own, { id }) => {
    const { outcome, killed, leftovers } = await connector.revoke(own, signal);
    return { outcome, killed, leftovers: leftovers.map((text) => `${id}: ${text}`) };
  });
  return {
    outcome: removed.some(({ outcome }) => outcome === 'revoked') ? 'revoked' : 'absent',
    killed: removed.reduce((sum, { killed }) => sum + killed, 0),
    leftovers: removed.flatMap(({ leftovers }) => leftovers),
  };
}

const WORST_FIRST: readonly AbsenceProof['loginRefused'][] = ['no', 'untestable', 'yes'];

export async function verifyRevoked(
  room: Room,
  handle: Handle,
  positiveControlAt: number | null,
  signal: AbortSignal,
): Promise<AbsenceProof> {
  const proofs = await onAll(room, handle, async (connector, own, { id }) => {
    const proof = await connector.verifyRevoked(own, positiveControlAt, signal);
    return { ...proof, method: `${id}: ${proof.method}` };
  });
  return {
    absent: proofs.every(({ absent }) => absent),
    loginRefused:
      WORST_FIRST.find((each) => proofs.some(({ loginRefused }) => loginRefused === each)) ?? 'no',
    liveSessions: proofs.reduce((sum, { liveSessions }) => sum + liveSessions, 0),
    positiveControlAt: proofs.map((proof) => proof.positiveControlAt).reduce(earlier),
    method: proofs.map(({ method }) => method).join('; '),
    at: Math.min(...proofs.map(({ at }) => at)),
  };
}
