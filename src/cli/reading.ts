import { readDisclosure } from '../audit/disclosure.ts';
import { databaseFile } from '../base.ts';
import { type Config, loadConfig } from '../config.ts';
import { personStream } from '../domain/journal.ts';
import type { RequestState } from '../domain/state.ts';
import type { RequestId, Subject } from '../domain/values.ts';
import { mayRead, type ReaderRole, type ShownText } from '../domain/visibility.ts';
import { loadKeys } from '../keys.ts';
import type { StoredDisclosure } from '../ports/audit-log.ts';
import type { Catalogue } from '../ports/catalogue.ts';
import { openSqliteReader, type Reader } from '../store/sqlite/reader.ts';
import { found } from '../workflows/log/journal.ts';
import type { ReadingWanted } from '../workflows/log/reading.ts';
import { type Capacity, capacityOf } from './capacity.ts';
import { rulesInForce } from './in-force.ts';
import { CliError, explainError } from './io.ts';
import { giveOrder, refusalOf } from './orders.ts';

/** The record, open to one person in one role. That they read it is on record itself before they get this. */
export interface Reading extends AsyncDisposable {
  readonly config: Config;
  readonly catalogue: Catalogue;
  readonly store: Reader;
  readonly subject: Subject;
  readonly role: ReaderRole;
  /** Whether they may read of this request at all, in their role. */
  readonly may: (state: RequestState) => boolean;
  /** One text as they get it. `disclosure` null: it is not there any more, `redactedAt` tells since which event. */
  shown(
    field: string,
    disclosure: Pick<StoredDisclosure, 'disclosure'> | null,
    redactedAt: number | null,
  ): ShownText;
  /** Index of the event that tells of a text's removal; null: none does. */
  redactedAt(index: number, field: string): Promise<number | null>;
  /** A name where they may read it, from the catalogue or else from the record; the pseudonym where neither has it. */
  nameOf(subject: Subject): Promise<string>;
}

/**
 * Opens the record to the person `as`, by the catalogue's key. `query` stays with the event: ids and times, never text
 * that someone typed; `query.entitlement` narrows what is read to that entitlement. Throws CliError when they may not
 * read, or when it could not be put on record that they do.
 */
export async function openReading(
  as: string,
  what: ReadingWanted['what'],
  query: Readonly<Record<string, string>>,
  request: RequestId | null = null,
): Promise<Reading> {
  const config = loadConfig();
  const { sealer } = loadKeys(config.keysFolder, { create: false });
  const store = await openSqliteReader(databaseFile(config), sealer);
  try {
    const { catalogue } = await rulesInForce(config, store);
    const capacity = await roleFor(store, catalogue, as, query, request);
    const wanted = { as, role: capacity.role, what, query, request };
    const size = await store.size();
    const index = await putOnRecord(config, wanted);
    const subject = await store.known(as);
    if (index < size || subject === null || !(await isOnRecord(store, index, subject, wanted)))
      throw new CliError(
        'failed',
        `Nothing is shown, for the log does not have it that you read.\n${OTHER_BOT}`,
      );
    return readingOf({ config, catalogue, store, subject }, capacity);
  } catch (error) {
    await store[Symbol.asyncDispose]();
    throw error;
  }
}

async function roleFor(
  store: Reader,
  catalogue: Catalogue,
  as: string,
  { entitlement }: Readonly<Record<string, string>>,
  request: RequestId | null,
): Promise<Capacity> {
  const person = catalogue.people.get(as);
  if (person === undefined)
    throw new CliError('failed', `--as ${as}: the catalogue names nobody by that key`);
  const state = request === null ? null : await store.request(request);
  const scope =
    state ?? (entitlement === undefined ? null : (catalogue.entitlements.get(entitlement) ?? null));
  const capacity = capacityOf(catalogue, person, await store.known(as), scope);
  if (capacity !== null) return capacity;
  const whose = request ?? entitlement ?? 'the record';
  throw new CliError(
    'failed',
    `--as ${as}: may not read ${whose}. Auditors may read all; an owner and an approver may read of what is theirs. The catalogue says who is which.`,
  );
}

/** What cannot be recorded is not read. */
async function putOnRecord(config: Config, wanted: ReadingWanted): Promise<number> {
  const { query, ...rest } = wanted;
  try {
    const answer = await giveOrder(config, { order: 'record-reading', query: { ...query }, ...rest });
    if (answer.kind === 'refused') throw refusalOf(answer);
    return answer.kind === 'recorded' ? answer.index : -1;
  } catch (error) {
    const { text } = explainError(error);
    throw new CliError(
      'failed',
      `Nothing is shown, for it could not be put on record that you read:\n${text}`,
    );
  }
}

const OTHER_BOT =
  'What runs under this installation’s address may be the bot of another: stop it, and start this one.';

/** Whatever says that it is the bot may say that it recorded a reading; the log alone tells. */
async function isOnRecord(
  store: Reader,
  index: number,
  by: Subject,
  { what, role, request }: ReadingWanted,
): Promise<boolean> {
  const [event] = await store.search({ after: index - 1, limit: 1 });
  if (event?.type !== 'LogRead' || event.meta.index !== index) return false;
  const { data } = event;
  return data.by === by && data.what === what && data.as === role && data.request === request;
}

function readingOf(
  parts: Pick<Reading, 'config' | 'catalogue' | 'store' | 'subject'>,
  { role, may }: Capacity,
): Reading {
  const { catalogue, store } = parts;
  let redactions: Promise<ReadonlyMap<string, number>> | null = null;
  return {
    ...parts,
    role,
    may,
    shown: (field, disclosure, redactedAt) => {
      if (disclosure === null) return { kind: 'redacted', redactedAt };
      if (!mayRead(role, field)) return { kind: 'masked' };
      return { kind: 'clear', value: readDisclosure(disclosure.disclosure).value };
    },
    redactedAt: async (index, field) => {
      redactions ??= redactionsIn(store);
      return (await redactions).get(`${index}/${field}`) ?? null;
    },
    nameOf: async (subject) => {
      const known = mayRead(role, 'name') ? await nameIn(catalogue, store, subject) : null;
      return known ?? subject;
    },
    [Symbol.asyncDispose]: () => store[Symbol.asyncDispose](),
  };
}

/** Which event tells of the removal of each text, by `INDEX/FIELD`. */
async function redactionsIn(store: Reader): Promise<ReadonlyMap<string, number>> {
  const redactions = new Map<string, number>();
  for await (const { type, data, meta } of found(store, { types: ['DisclosuresRedacted'] }))
    if (type === 'DisclosuresRedacted')
      for (const { index, field } of data.targets) redactions.set(`${index}/${field}`, meta.index);
  return redactions;
}

async function nameIn(catalogue: Catalogue, store: Reader, subject: Subject): Promise<string | null> {
  const key = await store.personOf(subject);
  const listed = key === null ? undefined : catalogue.people.get(key);
  if (listed !== undefined) return listed.name;
  const introduced = await store.disclosures(personStream(subject));
  return introduced.find(({ field }) => field === 'name')?.value ?? null;
}
