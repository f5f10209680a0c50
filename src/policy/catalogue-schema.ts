import { z } from 'zod';
import { formatDuration, parseDuration } from '../domain/duration.ts';
import { classification, type Json, stageOrder } from '../domain/values.ts';
import { LIMITS } from '../limits.ts';
import { configFaults, readText, scopeFaults } from './catalogue-values.ts';
import { expectedOneOf, shown } from './problems.ts';

/** What the file does not say. Each is the careful choice; nobody may do anything by default. */
const DEFAULTS = {
  requesters: [] as string[],
  lapse: '4h',
  remind: '30m',
  order: 'ordered',
  ticket: 'none',
  minimum: 10,
  times: 1,
  consent: 'stages',
} as const;

/** Keys of the file's sections, present whether or not what they hold is right: what a reference may name. */
export interface Names {
  readonly teams: readonly string[];
  readonly people: readonly string[];
  readonly groups: readonly string[];
  readonly channels: readonly string[];
  readonly connectors: readonly string[];
  readonly resources: readonly string[];
}

type Check = z.core.$RefinementCtx;
const fault = (ctx: Check, message: string, path: (string | number)[] = []) =>
  ctx.addIssue({ code: 'custom', message, path });

/** One message a line and unknown key, in zod's order of keys: `splitIssue` takes them apart again. */
function strict<Shape extends z.ZodRawShape>(shape: Shape) {
  const known = Object.keys(shape);
  return z.strictObject(shape, {
    error: (issue) =>
      issue.code === 'unrecognized_keys'
        ? issue.keys.map((key) => `unknown key ${shown(key)}; ${expectedOneOf(key, known)}`).join('\n')
        : undefined,
  });
}

/** Text that people will read, by the rule for what people write: trimmed, normalised, nothing hidden in it. */
function text(maxChars: number, lines: 'one line' | 'lines' = 'one line') {
  return z.string().transform((value, ctx) => {
    const read = readText(value, maxChars);
    if (read.fault !== null) fault(ctx, read.fault);
    else if (lines === 'one line' && read.text === '') fault(ctx, 'is blank; expected text');
    else if (lines === 'one line' && /[\n\t]/.test(read.text)) fault(ctx, 'expected one line, without tabs');
    return read.text;
  });
}

const like = (pattern: RegExp, what: string) =>
  z.string().superRefine((value, ctx) => {
    if (!pattern.test(value)) fault(ctx, `expected ${what}; got ${shown(value)}`);
  });

const reference = (kind: string, known: readonly string[]) =>
  z.string().superRefine((value, ctx) => {
    if (!known.includes(value)) {
      fault(ctx, `unknown ${kind} ${shown(value)}; ${expectedOneOf(value, known)}`);
    }
  });

const uniqueList = (item: z.ZodType<string>, maxEntries: number) =>
  z
    .array(item)
    .max(maxEntries)
    .superRefine((values, ctx) => {
      values.forEach((value, index) => {
        if (values.indexOf(value) < index) fault(ctx, `${shown(value)} is listed twice`, [index]);
      });
    });

const DURATION = 'a duration such as 10s, 30m, 1h30m or 1d';
function toDurationMs(value: unknown, ctx: Check): number {
  const ms = typeof value === 'string' ? parseDuration(value) : null;
  if (ms !== null && ms > 0 && ms <= LIMITS.grantLongestMs) return ms;
  if (value === undefined) fault(ctx, `missing; expected ${DURATION}`);
  else if (ms === null || ms <= 0) fault(ctx, `expected ${DURATION}; got ${shown(value)}`);
  else fault(ctx, `${shown(value)} is more than ${formatDuration(LIMITS.grantLongestMs)}, the most there is`);
  return z.NEVER;
}
const duration = z.unknown().transform(toDurationMs);
const durationOrNever = z
  .unknown()
  .transform((value, ctx) => (value === 'never' ? null : toDurationMs(value, ctx)));

const KEY = /^[a-z0-9][a-z0-9_-]{0,62}$/;
const ENTITLEMENT_ID = /^[a-z0-9][a-z0-9_-]{0,40}(:[a-z0-9][a-z0-9_-]{0,40})?$/;

/** Why a key of a section is refused, or null. */
export function keyFault(section: string, key: string): string | null {
  const id = section === 'entitlements';
  if ((id ? ENTITLEMENT_ID : KEY).test(key)) return null;
  return `expected a key of lower-case letters, digits, - and _${id ? ', as in orders-db:read' : ''}; got ${shown(key)}`;
}

const SLACK_TEAM = /^[TE][A-Z0-9]{1,20}$/;
const zone = z.string().superRefine((value, ctx) => {
  try {
    new Intl.DateTimeFormat('en', { timeZone: value });
  } catch {
    fault(ctx, `unknown time zone ${shown(value)}; expected an IANA name such as Europe/Vienna`);
  }
});

const section = z.record(z.string(), z.unknown());
export const headSchema = strict({
  version: z.literal(1),
  zone,
  slack: strict({ teams: uniqueList(like(SLACK_TEAM, 'a Slack team id such as T0COUNTER'), 20) }),
  audit: z.unknown().optional(),
  people: section,
  groups: section,
  channels: section,
  connectors: section,
  resources: section,
  entitlements: section,
});

/** One account as `T…/U…`, or a list of them where someone is in several workspaces. */
const slackAccounts = (teams: readonly string[]) =>
  z.unknown().transform((value, ctx) => {
    const listed = Array.isArray(value) ? value : [value];
    return listed.map((one: unknown, index) => {
      const path = Array.isArray(value) ? [index] : [];
      const [, team, user] =
        (typeof one === 'string' && /^([TE][A-Z0-9]+)\/([UW][A-Z0-9]+)$/.exec(one)) || [];
      if (team === undefined || user === undefined) {
        const got = one === undefined ? 'missing; ' : '';
        fault(
          ctx,
          `${got}expected an account as TEAM/USER, such as T0COUNTER/U0ANA${got ? '' : `; got ${shown(one)}`}`,
          path,
        );
      } else if (!teams.includes(team)) {
        fault(ctx, `team ${team} is not among slack.teams; ${expectedOneOf(team, teams)}`, path);
      }
      return { platform: 'slack' as const, team: team ?? '', user: user ?? '' };
    });
  });

/** The schema of one entry of each section. References are checked here, so that all faults show at once. */
export function entrySchemas(names: Names) {
  const group = reference('group', names.groups);
  const channel = reference('channel', names.channels);
  const stage = strict({ name: text(40), group, quorum: z.int().min(1).max(LIMITS.quorumMax) });
  return {
    people: strict({
      name: text(LIMITS.titleMaxChars),
      email: like(/^[^\s@]+@[^\s@]+\.[^\s@]+$/, 'an e-mail address').optional(),
      accounts: strict({ slack: slackAccounts(names.teams) }),
      operator: z.boolean().default(false),
      auditor: z.boolean().default(false),
    }),
    groups: strict({
      title: text(LIMITS.titleMaxChars),
      members: uniqueList(reference('person', names.people), LIMITS.groupMembersMax),
      channel: channel.optional(),
    }),
    channels: strict({ slack: like(/^[CG][A-Z0-9]{1,20}$/, 'a Slack channel id such as C0LOG') }),
    connectors: strict({
      use: like(MODULE, 'postgres-role, signed-jwt, ./a-file.js or the name of a package'),
      config: withFaults(configFaults),
    }),
    resources: strict({
      title: text(LIMITS.titleMaxChars),
      connector: reference('connector', names.connectors),
      environment: like(KEY, 'lower-case letters, digits and -, such as production'),
      classification,
      owner: reference('person', names.people),
      channel,
      data: text(LIMITS.descriptionMaxChars).optional(),
    }),
    entitlements: strict({
      title: text(LIMITS.titleMaxChars),
      resource: reference('resource', names.resources),
      scope: withFaults(scopeFaults),
      description: text(LIMITS.descriptionMaxChars),
      longest: duration,
      durations: z.array(duration).min(1).max(LIMITS.durationsOfferedMax).optional(),
      warn: duration.optional(),
      lapse: duration.prefault(DEFAULTS.lapse),
      remind: durationOrNever.prefault(DEFAULTS.remind),
      requesters: uniqueList(group, 100).default(DEFAULTS.requesters),
      stages: z.array(stage).max(LIMITS.stagesMax).default([]),
      order: stageOrder.default(DEFAULTS.order),
      approval: z.literal('automatic').optional(),
      justification: strict({
        template: text(LIMITS.templateMaxChars, 'lines').default(''),
        minimum: z.int().min(0).max(LIMITS.justificationMaxChars).default(DEFAULTS.minimum),
      }).prefault({}),
      ticket: z.enum(['none', 'optional', 'required']).default(DEFAULTS.ticket),
      extension: strict({
        longest: duration,
        times: z.int().min(1).max(10).default(DEFAULTS.times),
        consent: z.enum(['automatic', 'stages']).default(DEFAULTS.consent),
      }).optional(),
    }),
  };
}

const DAY_MS = 24 * 3_600_000;

/** Days; what the file does not say is kept for ever. */
const retention = z
  .unknown()
  .optional()
  .transform((value, ctx) => {
    if (value === undefined) return null;
    const days = typeof value === 'string' ? Number(/^([1-9]\d*)d$/.exec(value)?.[1]) : Number.NaN;
    if (days <= LIMITS.retentionLongestDays) return days * DAY_MS;
    fault(ctx, `expected days, from 1d to ${LIMITS.retentionLongestDays}d; got ${shown(value)}`);
    return z.NEVER;
  });

/** The part about the log; its channel must be among those of the file. */
export function auditSchema(channels: readonly string[]) {
  return strict({
    channel: reference('channel', channels).optional(),
    retention: strict({
      public: retention,
      internal: retention,
      confidential: retention,
      restricted: retention,
    }).prefault({}),
  }).prefault({});
}

/** A built-in, a file beside the catalogue, or a package. */
const MODULE =
  /^(?:\.\/(?!.*\.\.)[\w./-]{1,200}\.m?js|(?:@[a-z0-9][a-z0-9._-]{0,100}\/)?[a-z0-9][a-z0-9._-]{0,100})$/;

/** Its own message: what stands in place of a configuration may be the secret itself, and is not repeated. */
const withFaults = (faultsOf: typeof scopeFaults) =>
  z.record(z.string(), z.unknown(), 'expected a mapping of keys to values').transform((value, ctx) => {
    const faults = faultsOf(value);
    for (const { path, message } of faults) fault(ctx, message, [...path]);
    return value as Record<string, Json>;
  });

type Schemas = ReturnType<typeof entrySchemas>;
export type Entry<Section extends keyof Schemas> = z.output<Schemas[Section]>;
export type Section = keyof Schemas;

const NOUNS: Readonly<Record<string, string>> = {
  string: 'text',
  int: 'a whole number',
  number: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'a mapping of keys to values',
  record: 'a mapping of keys to values',
};

/** Words for what zod found, given to `safeParse`; schemas above have their own where this is not enough. */
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
