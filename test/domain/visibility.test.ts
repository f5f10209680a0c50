import { expect, it } from 'vitest';
import { PERSONAL_FIELDS } from '../../src/domain/events.ts';
import { JOURNAL_PERSONAL_FIELDS } from '../../src/domain/journal.ts';
import { mayRead, type ReaderRole } from '../../src/domain/visibility.ts';

const FIELDS = [
  ...new Set([...Object.values(PERSONAL_FIELDS), ...Object.values(JOURNAL_PERSONAL_FIELDS)].flat()),
].sort();

it.each<[ReaderRole, readonly string[]]>([
  ['auditor', ['email', 'facts']],
  ['owner', ['author', 'comment', 'email', 'facts', 'person']],
  ['approver', ['author', 'detail', 'email', 'facts', 'person']],
])('an %s reads all but %j', (role, masked) => {
  expect(FIELDS.filter((field) => !mayRead(role, field))).toEqual(masked);
});

it('a field that nobody has thought of is masked for everyone', () => {
  for (const role of ['auditor', 'owner', 'approver'] as const)
    for (const field of ['salary', '', 'constructor', 'toString']) expect(mayRead(role, field)).toBe(false);
});
