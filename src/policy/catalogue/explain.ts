import type { z } from 'zod';
import { expectedOneOf, shown } from '../problems.ts';

const NOUNS: Readonly<Record<string, string>> = {
  string: 'text',
  int: 'a whole number',
  number: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'a mapping of keys to values',
  record: 'a mapping of keys to values',
};

/** Words for what zod found, given to `safeParse`; schemas have their own where this is not enough. */
export function explain(issue: z.core.$ZodRawIssue): string | undefined {
  const { input } = issue;
  const got = `; got ${shown(input)}`;
  if (issue.code === 'invalid_type') {
    const noun = NOUNS[issue.expected] ?? issue.expected;
    return input === undefined ? `missing; expected ${noun}` : `expected ${noun}${got}`;
  }
  if (issue.code === 'invalid_value') {
    const expected = expectedOneOf(input, issue.values.map(String));
    return input === undefined ? `missing; ${expected}` : `${expected}${got}`;
  }
  if (issue.code === 'too_small') {
    return `expected at least ${issue.minimum}${issue.origin === 'array' ? ' of them' : got}`;
  }
  if (issue.code === 'too_big') {
    return `expected at most ${issue.maximum}${issue.origin === 'array' ? ' of them' : got}`;
  }
  return undefined;
}
