import { AnchorFault } from '../ports/anchor.ts';

/** Before each step that cannot be called off: what nobody waits for any more is not begun. Throws AnchorFault. */
export function refuseLate(what: string, signal: AbortSignal): void {
  if (!signal.aborted) return;
  throw new AnchorFault('unreachable', `the ${what} took too long`, 'It is tried again by itself.');
}
