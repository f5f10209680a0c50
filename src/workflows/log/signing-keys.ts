import { logStream } from '../../domain/journal.ts';
import type { Deps } from '../deps.ts';
import { found, record } from './journal.ts';

/** Puts on record which keys sign the log, where the log does not have it yet: they are changed beside a running bot. */
export async function recordSigningKeys(
  deps: Pick<Deps, 'store' | 'signer' | 'clock' | 'ids'>,
): Promise<void> {
  const told = new Set<string>();
  for await (const { type, data } of found(deps.store, { stream: logStream, types: ['SigningKeyChanged'] }))
    if (type === 'SigningKeyChanged') told.add(`${data.change} ${data.vkey}`);
  const signing = new Set(deps.signer.signing());
  for (const vkey of deps.signer.vkeys()) {
    const changes = signing.has(vkey) ? (['added'] as const) : (['added', 'retired'] as const);
    for (const change of changes)
      if (!told.has(`${change} ${vkey}`))
        await record(deps, logStream, { type: 'SigningKeyChanged', data: { change, vkey } });
  }
}
