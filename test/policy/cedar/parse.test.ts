import { describe, expect, it, test } from 'vitest';
import { parsePolicies } from '../../../src/policy/cedar/parse.ts';
import { LIMITS } from '../../../src/limits.ts';
import { formatProblem } from '../../../src/policy/problems.ts';
import { filed, LITERALS, policiesFrom, problemsOf, rule } from './small-rules.ts';

const when = (condition: string) => rule('x', 'request', ` when { ${condition} }`);
const AT = 'policies/rules.cedar:2';
/** Where a condition starts in `when`. */
const CONDITION = `${AT}:66`;

describe('a file of rules', () => {
  it('is read with the id, the annotations and the place of each', () => {
    const policies = policiesFrom(
      `// of the shop\n\n${rule('b.two', 'request')}// and: permit (principal);\r\n${rule('a-one', 'demand', '', '@ticket("required") @says("Name a ticket; please.")')}`,
    );
    expect([...policies.rules.values()]).toMatchObject([
      { id: 'b.two', effect: 'permit', annotations: { id: 'b.two' }, file: 'policies/rules.cedar', line: 3 },
      {
        id: 'a-one',
        effect: 'permit',
        annotations: { id: 'a-one', ticket: 'required', says: 'Name a ticket; please.' },
        file: 'policies/rules.cedar',
        line: 6,
      },
    ]);
    expect(policies.rules.get('b.two')?.text).toBe(
      '@id("b.two") \npermit (principal, action == Action::"request", resource);',
    );
    expect(policies.rules.get('b.two')?.json).toMatchObject({
      effect: 'permit',
      annotations: { id: 'b.two' },
    });
  });

  it('may hold nothing, and then nothing is permitted', () => {
    expect(policiesFrom('// later\n').rules.size).toBe(0);
  });

  it('has each of its problems told, in the order of the files', () => {
    const files = new Map([
      ['b.cedar', rule('x', 'request', ' when { resource.levle < 2 }')],
      ['a.cedar', `permit;\n${rule('y', 'request', ' when { resource.level < "2" }')}`],
    ]);
    expect(parsePolicies(files, LITERALS).problems.map(({ file, line }) => `${file}:${line}`)).toEqual([
      'b.cedar:2',
      'a.cedar:1',
      'a.cedar:3',
    ]);
  });

  it('is taken whole or not at all', () => {
    expect(parsePolicies(filed(`${rule('good', 'request')}${when('1 +')}`), LITERALS).policies).toBeNull();
  });
});

describe('what is no rule is refused with its line, its column and the remedy', () => {
  it.each<[what: string, text: string, ...problems: string[]]>([
    [
      'a misspelt attribute',
      when('resource.levle < 2'),
      `${CONDITION} x: attribute \`levle\` on entity type \`Entitlement\` not found; did you mean \`level\`?`,
    ],
    [
      'an optional fact that is not looked for first',
      when('context.incident.severity < 2'),
      `${CONDITION} x: unable to guarantee safety of access to optional attribute \`incident\` in context for Action::"request"; try testing for the attribute's presence with \`context has incident && ..\``,
    ],
    [
      'an attribute of people that is not looked for first',
      when('principal.getTag("team") == "orders"'),
      `${CONDITION} x: unable to guarantee safety of access to tag \`"team"\` on entity type \`Person\`; try testing for the tag's presence with \`.hasTag("team") && ..\``,
    ],
    [
      'types that do not go together',
      when('context.freezes.contains(1)'),
      `${CONDITION} x: the types Long and String are not compatible; elements of the first operand and the second operand to a \`contains\` expression must have compatible types. Types must be exactly equal to be compatible`,
    ],
    [
      'an action that there is not',
      '@id("x") permit (principal, action == Action::"requst", resource);',
      'policies/rules.cedar:1:39 x: unrecognized action `Action::"requst"`; did you mean `Action::"request"`?',
    ],
    [
      'a rule that can never hold',
      when('context.freeze && 1 == 2'),
      `policies/rules.cedar:1:1 x: policy is impossible: the policy expression evaluates to false for all valid requests`,
    ],
    [
      'a syntax error, whatever stands before it',
      '// ä\n@id("ä") permit (principal, action, resource) when { "ä" == 1 + };',
      'policies/rules.cedar:2:65 unexpected token `}`; expected `!`, `(`, `-`, `[`, `{`, `false`, identifier, `if`, number, `?principal`, `?resource`, string literal, or `true`',
    ],
    [
      'a rule without its end',
      '@id("x") permit (principal, action, resource)',
      'policies/rules.cedar:1:46 unexpected end of input; expected `;` or identifier',
    ],
    [
      'a template',
      '@id("x") permit (principal == ?principal, action == Action::"request", resource);',
      'policies/rules.cedar:1:31 expected a static policy, got a template containing the slot ?principal; try removing the template slot(s) from this policy',
    ],
    [
      'an id given twice in one rule',
      '@id("x") @id("y") permit (principal, action == Action::"request", resource);',
      'policies/rules.cedar:1:10 duplicate annotation: @id',
    ],
  ])('%s', (_what, text, ...problems) => {
    expect(problemsOf(text)).toEqual(problems);
  });
});

describe('ids', () => {
  it.each([
    ['permit (principal, action == Action::"request", resource);'],
    ['@id("") permit (principal, action == Action::"request", resource);'],
    ['@id permit (principal, action == Action::"request", resource);'],
  ])('are missed in %s', (text) => {
    expect(problemsOf(text).at(-1)).toBe(
      'policies/rules.cedar:1:1 has no id; expected @id("...") before it, unlike any other',
    );
  });

  it.each(['Prod', 'a b', '-a', 'a/b', 'ä', 'a'.repeat(65)])('are not like %s', (id) => {
    expect(problemsOf(rule(id, 'request'))[0]).toContain(
      '@id: expected up to 64 lower-case letters, digits, . - and _, as in prod.office-hours; got',
    );
  });

  it('are refused for a second rule, be it in another file', () => {
    const files = new Map([
      ['a.cedar', rule('same', 'request')],
      ['b.cedar', `\n${rule('same', 'approve')}`],
    ]);
    expect(parsePolicies(files, LITERALS).problems.map(formatProblem)).toEqual([
      'b.cedar:2:1 same: is the id of two policies; the other is at a.cedar:1',
    ]);
  });
});

describe('what a rule is for', () => {
  const shape = (effect: string, action: string) =>
    problemsOf(`@id("x") ${effect} (principal, ${action}, resource);`);
  const AT = 'policies/rules.cedar:1:1 x: ';

  it('is not everything there is: that would be demand and autoApprove too', () => {
    expect(shape('permit', 'action')).toEqual([
      `${AT}is for every action, demand and autoApprove too; expected action == Action::"request", or a list`,
    ]);
  });

  it('is not demand among others', () => {
    expect(shape('permit', 'action in [Action::"request", Action::"demand"]')).toEqual([
      `${AT}is for demand and others; expected a policy of its own for Action::"demand"`,
      `${AT}demands nothing; expected one of @stage, @longest, @mfa, @ticket`,
    ]);
  });

  it('is not a demand of nothing, nor one that forbids demands of others', () => {
    expect(shape('permit', 'action == Action::"demand"')).toEqual([
      `${AT}demands nothing; expected one of @stage, @longest, @mfa, @ticket`,
    ]);
    expect(shape('forbid', 'action == Action::"demand"')).toEqual([
      `${AT}forbids a demand, which would loosen what others ask for; narrow their conditions instead`,
    ]);
  });

  it('may be several actions but demand, and forbidding autoApprove', () => {
    expect(
      problemsOf(
        '@id("x") forbid (principal, action in [Action::"autoApprove", Action::"request"], resource) when { context.freeze };',
      ),
    ).toEqual([]);
  });

  it('has obligations only where it demands', () => {
    expect(problemsOf(rule('x', 'request', '', '@longest("1h") @mfa("15m")'))).toEqual([
      'policies/rules.cedar:1:1 x: @longest, @mfa is for demand alone; expected action == Action::"demand"',
    ]);
  });
});

describe('annotations', () => {
  const demand = (more: string) => problemsOf(rule('x', 'demand', '', more));

  it('may be a stage, a duration, a second factor, a ticket, and words', () => {
    expect(
      demand(
        '@stage("dba:2, security:1, role:manager") @longest("1h30m") @mfa("15m") @ticket("required") @says("Ünder 2 h 🙂")',
      ),
    ).toEqual([]);
  });

  it.each([
    [
      '@stag("dba:1")',
      1,
      '@stag: unknown annotation; expected one of id, longest, mfa, says, stage, ticket (did you mean "stage"?)',
    ],
    [
      '@stage("dab:1")',
      0,
      '@stage: unknown group "dab"; expected one of contractors, dba, developers, role:data-owner, role:manager, role:owner, security (did you mean "dba"?)',
    ],
    [
      '@stage("dba")',
      0,
      '@stage: expected groups with how many must consent, as in "security:2, role:manager"; got "dba"',
    ],
    [
      '@stage("dba:0")',
      0,
      '@stage: expected groups with how many must consent, as in "security:2, role:manager"; got "dba:0"',
    ],
    [
      '@stage("role:manager:2")',
      0,
      '@stage: expected groups with how many must consent, as in "security:2, role:manager"; got "role:manager:2"',
    ],
    [
      '@stage("role:boss")',
      0,
      '@stage: unknown group "role:boss"; expected one of contractors, dba, developers, role:data-owner, role:manager, role:owner, security',
    ],
    [
      '@stage("dba:1,")',
      0,
      '@stage: expected groups with how many must consent, as in "security:2, role:manager"; got ""',
    ],
    ['@stage("dba:3")', 0, '@stage: 3 cannot be reached: dba has 2 members'],
    ['@stage("security:11")', 0, '@stage: 11 of security; at most 10 fit'],
    ['@stage("dba:1, dba:2")', 0, '@stage: "dba" is named twice'],
    ['@longest("90")', 0, '@longest: expected a duration such as 15m, 1h or 1h30m; got "90"'],
    ['@longest("0m")', 0, '@longest: expected a duration such as 15m, 1h or 1h30m; got "0m"'],
    ['@mfa("40d")', 0, '@mfa: 40 d is beyond 30 d, the longest there is'],
    ['@ticket("optional")', 0, '@ticket: expected "required"; got "optional"'],
    ['@ticket("required") @says("a\\nb")', 0, '@says: has more than one line; expected one'],
    [`@ticket("required") @says("${'a'.repeat(201)}")`, 0, '@says: is 201 characters long; at most 200 fit'],
    ['@ticket("required") @says(" ")', 0, '@says: is empty; expected a sentence for those it concerns'],
  ])('are not %s', (more, besides, message) => {
    const problems = demand(more);
    expect(problems).toHaveLength(1 + besides);
    expect(
      problems.some((problem) => problem.endsWith(message)),
      problems.join('\n'),
    ).toBe(true);
  });
});

describe('names that nobody knows are refused, with what may have been meant', () => {
  const GROUPS = 'expected one of contractors, dba, developers, security';
  const ENVIRONMENTS = 'expected one of production, staging';

  it.each<[written: string, column: number, message: string]>([
    [
      'principal in Group::"develpers"',
      14,
      `unknown Group "develpers"; ${GROUPS} (did you mean "developers"?)`,
    ],
    [
      'principal == Person :: "anna"',
      14,
      'unknown Person "anna"; expected one of ana, ben, cleo (did you mean "ana"?)',
    ],
    ['resource in Project::"shops"', 13, 'unknown Project "shops"; expected shop (did you mean "shop"?)'],
    [
      'resource == Entitlement::"orders-db:raed"',
      13,
      'unknown Entitlement "orders-db:raed"; expected orders-db:read (did you mean "orders-db:read"?)',
    ],
    [
      'resource in Resource::"order-db"',
      13,
      'unknown Resource "order-db"; expected orders-db (did you mean "orders-db"?)',
    ],
    [
      'resource.environment == "prodution"',
      25,
      `resource.environment is never "prodution"; ${ENVIRONMENTS} (did you mean "production"?)`,
    ],
    ['"prod" != resource.environment', 1, `resource.environment is never "prod"; ${ENVIRONMENTS}`],
    [
      '["staging", "prod"].contains(resource.environment)',
      13,
      `resource.environment is never "prod"; ${ENVIRONMENTS}`,
    ],
    ['resource.environment like "dev*"', 22, `resource.environment is never like "dev*"; ${ENVIRONMENTS}`],
    [
      'resource.classification == "secret"',
      28,
      'resource.classification is never "secret"; expected one of confidential, internal, public, restricted',
    ],
    [
      'resource.privilege == "runtime"',
      23,
      'resource.privilege is never "runtime"; expected one of build-time, run-time (did you mean "run-time"?)',
    ],
    ['context.freezes.contains("xmas")', 26, 'context.freezes is never "xmas"; expected christmas'],
    [
      'context.maintenances.containsAny(["sunday"])',
      35,
      'context.maintenances is never "sunday"; expected sundays (did you mean "sundays"?)',
    ],
    [
      'context.exceptions.contains("y")',
      29,
      'context.exceptions is never "y"; expected one of freeze, x (did you mean "x"?)',
    ],
    [
      'principal.hasTag("taem")',
      18,
      'unknown attribute "taem" of people; expected one of department, team (did you mean "team"?)',
    ],
    [
      'principal.hasTag("team") && principal.getTag("team") == "payment"',
      57,
      'principal.getTag("team") is never "payment"; expected one of orders, payments (did you mean "payments"?)',
    ],
    [
      'resource.environment == (if context.freeze then "staging" else "prod")',
      64,
      `resource.environment is never "prod"; ${ENVIRONMENTS}`,
    ],
  ])('%s', (written, column, message) => {
    expect(problemsOf(when(written))).toEqual([`${AT}:${65 + column} x: ${message}`]);
  });

  it('in the scope too, and not in a comment or a text', () => {
    const text = `@id("x") // Group::"dbs"\npermit (principal in Group::"dbs", action == Action::"request", resource)\nwhen { context has ticket && context.ticket.state == "Group::\\"dbs\\"" };`;
    expect(problemsOf(text)).toEqual([
      'policies/rules.cedar:2:22 x: unknown Group "dbs"; expected one of contractors, dba, developers, security (did you mean "dba"?)',
    ]);
  });

  it('of a group in the vote', () => {
    expect(problemsOf(rule('x', 'approve', ' when { context.group == "dbb" }'))).toEqual([
      `policies/rules.cedar:2:83 x: context.group is never "dbb"; expected one of dba, role:manager, security (did you mean "dba"?)`,
    ]);
  });

  it.each([
    'principal in [Group::"dba", Group::"developers"]',
    'resource.environment like "*o*t*n"',
    'principal.hasTag("department") && principal.getTag("department") == "anything"',
    'context.exceptions.contains("freeze") || context.exceptions.contains("x")',
    'context has network && context.network.origin == "office"',
    'principal == resource.owner || principal in resource.requesters',
    'resource.resource in Project::"shop"',
    'principal is Person in Group::"dba"',
    'resource has onCall && principal in resource.onCall',
  ])('but not %s', (condition) => {
    expect(problemsOf(when(condition))).toEqual([]);
  });
});

describe('what a question does not bring is not asked for: the answer would be no for ever', () => {
  it.each([
    ['principal has manager && principal.manager in Group::"dba"', 'principal.manager'],
    ['resource.owner.operator', 'resource.owner'],
    ['resource.owner has manager', 'resource.owner'],
    ['resource has owner.manager', 'resource.owner'],
    ['resource.owner.hasTag("team")', 'resource.owner'],
    ['resource.owner is Person in Group::"dba"', 'resource.owner'],
    ['Person::"cleo" in Group::"dba"', 'Person::"cleo"'],
  ])('%s', (condition, name) => {
    expect(problemsOf(when(condition)).map((problem) => problem.replace(/^\S+ x: /, ''))).toContain(
      `rules are told groups and attributes of principal and resource, not of ${name}; compare it with == alone`,
    );
  });
});

describe('what would be too much', () => {
  test.each([
    ['brackets', `${'('.repeat(200)}context.freeze${')'.repeat(200)}`, '201 brackets are open at once'],
    ['sets', `${'['.repeat(200)}1${']'.repeat(200)} == [1]`, '201 brackets are open at once'],
    ['alternatives', Array(60).fill('context.freeze').join(' || '), 'too many operators in one another'],
    ['alternatives, more than Cedar can take', Array(500).fill('1 == 1').join(' || '), 'nested too deeply'],
    ['operators', `${'!'.repeat(6_000)}context.freeze`, 'too many occurrences'],
    ['numbers', '9007199254740992 < context.impact', 'a number is beyond 9007199254740991'],
    ['text', `"${'a'.repeat(9_000)}" == "a"`, 'characters long; at most 8192 fit'],
  ])('%s', (_what, condition, message) => {
    expect(problemsOf(when(condition))).toEqual([expect.stringContaining(message)]);
    // And Cedar is there for the next.
    expect(problemsOf(when('context.freeze'))).toEqual([]);
  });

  test('policies, in one file or in several', () => {
    const text = (from: number, to: number) =>
      Array.from({ length: to - from }, (_, i) => rule(`p${from + i}`, 'request')).join('');
    const message = `the first of too many: ${LIMITS.policiesMax + 1} policies; at most ${LIMITS.policiesMax} are read`;
    expect(problemsOf(text(0, LIMITS.policiesMax + 1))).toEqual([
      `policies/rules.cedar:${2 * LIMITS.policiesMax + 1}:1 ${message}`,
    ]);
    const files = new Map([
      ['a.cedar', text(0, 1_500)],
      ['b.cedar', text(1_500, LIMITS.policiesMax + 1)],
    ]);
    const { problems } = parsePolicies(files, LITERALS);
    expect(problems.map(formatProblem)).toEqual([
      `b.cedar:${2 * (LIMITS.policiesMax - 1_500) + 1}:1 ${message}`,
    ]);
  });

  test('a file', () => {
    expect(problemsOf(`// ${'a'.repeat(LIMITS.policyFileMaxBytes)}`)).toEqual([
      'policies/rules.cedar:1:1 is larger than 262144 bytes; expected hand-written policies',
    ]);
  });

  test('files', () => {
    const files = new Map(Array.from({ length: LIMITS.policyFilesMax + 1 }, (_, i) => [`${i}.cedar`, '']));
    expect(parsePolicies(files, LITERALS).problems.map(formatProblem)).toEqual([
      '0.cedar:1:1 201 files of policies; at most 200 are read',
    ]);
  });

  test('characters that read differently from what they are', () => {
    expect(problemsOf(`${rule('x', 'request')}// \u202E nothing\n`)).toEqual([
      'policies/rules.cedar:3:1 contains invisible or direction-changing characters; remove them',
    ]);
  });
});
