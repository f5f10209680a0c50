import { parsePolicies } from '../../../src/policy/cedar/parse.ts';
import type { Literals } from '../../../src/policy/cedar/literals.ts';
import type { CedarAction, CedarQuestion, CedarValue, Policies } from '../../../src/policy/cedar/policies.ts';
import { formatProblem } from '../../../src/policy/problems.ts';

/** What the rules of these tests may name. */
export const LITERALS: Literals = {
  entities: new Map([
    ['Person', new Set(['ana', 'ben', 'cleo'])],
    ['Group', new Set(['developers', 'dba', 'security', 'contractors'])],
    ['Resource', new Set(['orders-db'])],
    ['Entitlement', new Set(['orders-db:read'])],
    ['Project', new Set(['shop'])],
  ]),
  words: new Map([
    ['resource.environment', new Set(['production', 'staging'])],
    ['resource.classification', new Set(['public', 'internal', 'confidential', 'restricted'])],
    ['resource.privilege', new Set(['build-time', 'run-time'])],
    ['context.freezes', new Set(['christmas'])],
    ['context.maintenances', new Set(['sundays'])],
    ['context.group', new Set(['dba', 'security', 'role:manager'])],
  ]),
  tags: new Map([
    ['team', new Set(['payments', 'orders'])],
    ['department', null],
  ]),
  sizes: new Map([['dba', 2]]),
};

/** A file of rules as it is found beside a catalogue. */
export const filed = (text: string, file = 'policies/rules.cedar') => new Map([[file, text]]);

/** One rule; `scope` and `conditions` in Cedar's words. */
export const rule = (id: string, action: CedarAction, conditions = '', more = '') =>
  `@id("${id}") ${more}\npermit (principal, action == Action::"${action}", resource)${conditions};\n`;
export const forbid = (id: string, action: CedarAction, conditions = '') =>
  rule(id, action, conditions).replace('permit', 'forbid');

export const RULES = filed(rule('may-ask', 'request', ' when { principal in Group::"developers" }'));

/** Rules that must be accepted. */
export function policiesFrom(text: string): Policies {
  const { policies, problems } = parsePolicies(filed(text), LITERALS);
  if (policies === null) throw new Error(problems.map(formatProblem).join('\n'));
  return policies;
}

/** Each problem on its line, as an operator reads them. */
export const problemsOf = (text: string): readonly string[] =>
  parsePolicies(filed(text), LITERALS).problems.map(formatProblem);

/** Ana asks to read orders at nine on a Monday, for an hour, and nothing more is known. */
export function question(
  action: CedarAction,
  { context = {}, groups = ['developers'], untold = [] as readonly string[], attrs = {}, tags = {} } = {},
): CedarQuestion {
  const uid = (type: string, id: string) => ({ type, id });
  const reference = (type: string, id: string): CedarValue => ({ __entity: uid(type, id) });
  return {
    action,
    principal: 'ana',
    resource: 'orders-db:read',
    untold,
    context: {
      minuteOfDay: 540,
      weekday: 1,
      durationMinutes: 60,
      startsInMinutes: 0,
      freeze: false,
      freezes: [],
      maintenance: false,
      maintenances: [],
      exceptions: [],
      impact: 0,
      ...(action === 'approve' ? { group: 'dba' } : {}),
      ...context,
    },
    entities: [
      {
        uid: uid('Person', 'ana'),
        attrs: { operator: false },
        parents: groups.map((g) => uid('Group', g)),
        tags,
      },
      ...groups.map((group) => ({ uid: uid('Group', group), attrs: {}, parents: [] })),
      {
        uid: uid('Entitlement', 'orders-db:read'),
        attrs: {
          resource: reference('Resource', 'orders-db'),
          environment: 'production',
          classification: 'confidential',
          level: 2,
          privilege: 'run-time',
          longestMinutes: 240,
          requesters: [reference('Group', 'developers')],
          owner: reference('Person', 'cleo'),
          ...attrs,
        },
        parents: [uid('Resource', 'orders-db')],
      },
      { uid: uid('Resource', 'orders-db'), attrs: {}, parents: [uid('Project', 'shop')] },
      { uid: uid('Project', 'shop'), attrs: {}, parents: [] },
    ],
  };
}
