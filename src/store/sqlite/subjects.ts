import { eq, sql } from 'drizzle-orm';
import type { Subject } from '../../domain/values.ts';
import type { Subjects } from '../../ports/store.ts';
import type { Database } from './database.ts';
import { subjects } from './schema.ts';

export function openSubjects(database: Database): Subjects {
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
  const add = (person: string, subject: Subject): Subject => {
    orm.insert(subjects).values({ person, subject }).run();
    return subject;
  };
  return {
    subjectOf: async (person, mint) =>
      (await database.read(() => find(person))) ?? database.write(() => find(person) ?? add(person, mint())),
    known: (person) => database.read(() => find(person)),
    personOf: (subject) => database.read(() => bySubject.get({ subject })?.person ?? null),
  };
}
