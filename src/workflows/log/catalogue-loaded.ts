import { logStream } from '../../domain/journal.ts';
import type { Deps } from '../deps.ts';
import { found, record } from './journal.ts';

/** Puts on record which rules are in force, when they are not those of the last time. `digest`: SHA-256 in hex. */
export async function recordCatalogue(
  deps: Pick<Deps, 'store' | 'clock' | 'ids'>,
  digest: string,
): Promise<void> {
  let previous: string | null = null;
  for await (const { type, data } of found(deps.store, { stream: logStream, types: ['CatalogueLoaded'] }))
    if (type === 'CatalogueLoaded') previous = data.digest;
  if (previous !== digest)
    await record(deps, logStream, { type: 'CatalogueLoaded', data: { digest, previous } });
}
