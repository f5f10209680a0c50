import type { Path } from '../problems.ts';
import type { Single } from './entitlements.ts';
import type { Membership } from './groups.ts';
import type { Entry, Section } from './schema.ts';
import type { Terms } from './terms.ts';

/** The entries that have the right shape; what names an entry that has not is left for the next run. */
export type Entries = { readonly [S in Section]: ReadonlyMap<string, Entry<S>> } & {
  readonly limits: Terms['limits'];
  /** Every entitlement as one of one thing, bundles flattened, in the order of the file. */
  readonly flat: ReadonlyMap<string, Single>;
  readonly memberships: ReadonlyMap<string, Membership>;
};

/** Something wrong, and where: a path from the top of the file. */
export interface Finding {
  readonly path: Path;
  /** Set where the key itself is wrong, not what stands under it. */
  readonly part?: 'key';
  readonly message: string;
}
