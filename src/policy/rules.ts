import type { Catalogue } from '../ports/catalogue.ts';
import type { Calendars } from './calendar/calendars.ts';
import type { Policies } from './cedar/policies.ts';

/** A whole folder of rules, loaded and checked: what decides, under one digest. */
export interface Rules {
  readonly catalogue: Catalogue;
  /** Null: the catalogue says `policies: none`, and decides alone. */
  readonly policies: Policies | null;
  readonly calendars: Calendars;
  /** SHA-256 in hex of catalogue, schema, policies and calendars, as they mean, not as they are written. */
  readonly digest: string;
  /** The folder's files by path from it, as they were read: enough to load the same rules again. */
  readonly files: ReadonlyMap<string, Uint8Array>;
}
