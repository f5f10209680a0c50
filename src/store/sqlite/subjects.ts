import { eq } from 'drizzle-orm';
import type { Subject } from '../../domain/values.ts';
import type { Subjects } from '../../ports/store.ts';
import type { Database } from './database.ts';
import { subjects } from './schema.ts';

export function openSubjects(database: Database): Subjects {
  const { orm } = database;
  const find = (person: string): Subject | null => {
    const row = orm
      .select({ subject: subjects.subject })
      .from(subjects)
      .where(eq(subjects.person, person))
      .get();
    return row === undefined ? null : (row.subject as Subject);
  };
  const add = (person: string, subject: Subject): Subject => {
    orm.insert(subjects).values({ person, subject }).run();
    return subject;
  };
  return {
    subjectOf: async (person, mint) =>
      (await database.read(() => find(person))) ?? database.write(() => find(person) ?? add(person, mint())),
    known: (person) => database.read(() => find(person)),
    personOf: (subject) =>
      database.read(() => {
        const byPseudonym = eq(subjects.subject, subject);
        return (
          orm.select({ person: subjects.person }).from(subjects).where(byPseudonym).get()?.person ?? null
        );
      }),
  };
}
