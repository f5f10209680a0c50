import { ConnectorFault, type Order } from '../ports/connector.ts';

/** Work on what the installation itself keeps: when that does not answer, the target is down. */
export async function ownStore<T>(
  signal: AbortSignal,
  what: string,
  of: string,
  work: () => Promise<T>,
): Promise<T> {
  let stop = (): void => {};
  const stopped = new Promise<never>((_, reject) => {
    stop = () =>
      reject(new ConnectorFault('unreachable', `${what}: stopped before it was done; it may have happened`));
    if (signal.aborted) stop();
    else signal.addEventListener('abort', stop, { once: true });
  });
  try {
    return await Promise.race([stopped, signal.aborted ? stopped : work()]);
  } catch (error) {
    if (error instanceof ConnectorFault) throw error;
    const why = error instanceof Error && 'code' in error ? String(error.code) : 'an unknown error';
    throw new ConnectorFault('unreachable', `${what}: ${of} failed (${why})`);
  } finally {
    signal.removeEventListener('abort', stop);
  }
}

export function checkName(prefix: string, name: string): void {
  if (new RegExp(`^${prefix}[a-z2-7]{20}$`).test(name)) return;
  throw new ConnectorFault('invalid', `credential name must be ${prefix} and 20 characters of a-z2-7`);
}

/** What goes on record with a credential is of its form, and no text of anyone's. */
export function checkOrder({ handle: { name }, request, subject }: Order): void {
  for (const [key, value] of [
    ['request', request],
    ['subject', subject],
  ] as const) {
    if (/^[\w:-]{1,64}$/.test(value)) continue;
    throw new ConnectorFault(
      'invalid',
      `provision ${name}: ${key} must be 1 to 64 of letters, digits, _ : -`,
    );
  }
}
