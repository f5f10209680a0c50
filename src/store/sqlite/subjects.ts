import { eq, sql } from 'drizzle-orm';
import { personStream } from '../../domain/journal.ts';
import type { Subject } from '../../domain/values.ts';
import type { Ids } from '../../ports/clock.ts';
import type { Subjects } from '../../ports/store.ts';
import type { Database } from './database.ts';
import type { Ledger } from './ledger.ts';
import { subjects } from './schema.ts';

export interface Introductions {
  /** What is said of a person beside the event that introduces them; without it nobody is introduced. */
  readonly introduce?: ((person: string) => Readonly<Record<string, string>>) | undefined;
  readonly ids: Pick<Ids, 'event'>;
  readonly now: () => number;
}

/** A pseudonym is minted in one transaction with the event that introduces the person. */
export function openSubjects(database: Database, ledger: Ledger, { introduce, ids, now }: Introductions) {
  const { find, port: reader } = openSubjectReader(database);
  const { orm } = database;

  const tell = (person: string, subject: Subject): void => {
    if (introduce === undefined) return;
    const personal = { ...introduce(person), person };
    const event = { type: 'PersonIntroduced', data: { subject }, personal } as const;
    ledger.record(personStream(subject), 0, [{ ...event, id: ids.event(), at: now() }]);
  };
  const add = (person: string, subject: Subject): Subject => {
    orm.insert(subjects).values({ person, subject }).run();
    tell(person, subject);
    return subject;
  };
  const port: Subjects = {
    ...reader,
    subjectOf: async (person, mint) =>
      (await reader.known(person)) ?? database.write(() => find(person) ?? add(person, mint())),
  };
  /** Inside `write`, for those whom an earlier version knew. */
  const introduceAll = (): void => {
    for (const { person, subject } of orm.select().from(subjects).all()) tell(person, subject as Subject);
  };
  return { port, introduceAll };
}

export function openSubjectReader(database: Database) {
  const { orm } = database;
  const value = sql.placeholder;
  const byPerson = orm
    .select({ subject: subjects.subject })
    .from(subjects)
    .where(eq(subjects.person, value('person')))
    .prepare();
  const bySubject = orm
    .select({ person: subjects.person })
    .from(subjects)
    .where(eq(subjects.subject, value('subject')))
    .prepare();
  const find = (person: string): Subject | null =>
    (byPerson.get({ person })?.subject as Subject | undefined) ?? null;
  const port: Pick<Subjects, 'known' | 'personOf'> = {
    known: (person) => database.read(() => find(person)),
    personOf: (subject) => database.read(() => bySubject.get({ subject })?.person ?? null),
  };
  return { find, port };
}
