import { z } from 'zod';
import { formatDuration, parseDuration } from '../../domain/duration.ts';
import { LIMITS } from '../../limits.ts';
import { ianaZone } from '../calendar/zone.ts';
import { momentOf } from '../local-moment.ts';
import { expectedOneOf, shown } from '../problems.ts';
import { explain } from './explain.ts';
import { readText } from './values.ts';

/** Keys of the file's sections, present whether or not what they hold is right: what a reference may name. */
export interface Names {
  readonly teams: readonly string[];
  readonly people: readonly string[];
  readonly groups: readonly string[];
  readonly channels: readonly string[];
  readonly connectors: readonly string[];
  readonly resources: readonly string[];
  readonly entitlements: readonly string[];
  /** As resources name theirs. */
  readonly environments: readonly string[];
  /** The zone of what does not name its own. */
  readonly zone: string;
}

type Context = z.core.$RefinementCtx;
export const fault = (ctx: Context, message: string, path: (string | number)[] = []) =>
  ctx.addIssue({ code: 'custom', message, path });

/** As `fault`, where the last of the path is a key that is wrong itself. */
export const faultOfKey = (ctx: Context, message: string, path: string[]) =>
  ctx.addIssue({ code: 'custom', message, path, params: { part: 'key' } });

/**
 * One message a line and unknown key, in zod's order of keys: `splitIssue` takes them apart again. `otherwise`: keys
 * of another shape that the value could have had instead.
 */
export function strict<Shape extends z.ZodRawShape>(shape: Shape, otherwise: readonly string[] = []) {
  const known = [...new Set([...Object.keys(shape), ...otherwise])];
  const faultOf = (key: string) =>
    otherwise.includes(key)
      ? `${shown(key)} excludes what else stands there; keep one of the two`
      : `unknown key ${shown(key)}; ${expectedOneOf(key, known)}`;
  return z.strictObject(shape, {
    error: (issue) => (issue.code === 'unrecognized_keys' ? issue.keys.map(faultOf).join('\n') : undefined),
  });
}

/** The schema that a value's own keys choose, so that what it says of it is about that shape alone. */
export const chosen = <Schema extends z.ZodType>(choose: (keys: ReadonlySet<string>) => Schema) =>
  z.unknown().transform((value, ctx): z.output<Schema> => {
    const keys = new Set(typeof value === 'object' && value !== null ? Object.keys(value) : []);
    const parsed = choose(keys).safeParse(value, { error: explain });
    if (parsed.success) return parsed.data;
    for (const issue of parsed.error.issues) ctx.issues.push({ ...issue, input: undefined });
    return z.NEVER;
  });

/** Text that people will read, by the rule for what people write: trimmed, normalised, nothing hidden in it. */
export function text(maxChars: number, lines: 'one line' | 'lines' = 'one line') {
  return z.string().transform((value, ctx) => {
    const read = readText(value, maxChars);
    if (read.fault !== null) fault(ctx, read.fault);
    else if (lines === 'one line' && read.text === '') fault(ctx, 'is blank; expected text');
    else if (lines === 'one line' && /[\n\t]/.test(read.text)) fault(ctx, 'expected one line, without tabs');
    return read.text;
  });
}

export const like = (pattern: RegExp, what: string) =>
  z.string().superRefine((value, ctx) => {
    if (!pattern.test(value)) fault(ctx, `expected ${what}; got ${shown(value)}`);
  });

export const reference = (kind: string, known: readonly string[]) =>
  z.string().superRefine((value, ctx) => {
    if (!known.includes(value)) {
      fault(ctx, `unknown ${kind} ${shown(value)}; ${expectedOneOf(value, known)}`);
    }
  });

/** A value for each of some keys, which must be among those that there are. */
export const byName = <Value extends z.ZodType>(kind: string, known: readonly string[], value: Value) =>
  z.record(z.string(), value).superRefine((given, ctx) => {
    for (const key of Object.keys(given)) {
      if (!known.includes(key))
        faultOfKey(ctx, `unknown ${kind} ${shown(key)}; ${expectedOneOf(key, known)}`, [key]);
    }
  });

export const uniqueList = (item: z.ZodType<string>, maxEntries: number, minEntries = 0) =>
  z
    .array(item)
    .min(minEntries)
    .max(maxEntries)
    .superRefine((values, ctx) => {
      values.forEach((value, index) => {
        if (values.indexOf(value) < index) fault(ctx, `${shown(value)} is listed twice`, [index]);
      });
    });

const DURATION = 'a duration such as 10s, 30m, 1h30m or 1d';
function toDurationMs(value: unknown, ctx: Context): number {
  const ms = typeof value === 'string' ? parseDuration(value) : null;
  if (ms !== null && ms > 0 && ms <= LIMITS.grantLongestMs) return ms;
  if (value === undefined) fault(ctx, `missing; expected ${DURATION}`);
  else if (ms === null || ms <= 0) fault(ctx, `expected ${DURATION}; got ${shown(value)}`);
  else fault(ctx, `${shown(value)} is more than ${formatDuration(LIMITS.grantLongestMs)}, the most there is`);
  return z.NEVER;
}
export const duration = z.unknown().transform(toDurationMs);
export const durationOrNever = z
  .unknown()
  .transform((value, ctx) => (value === 'never' ? null : toDurationMs(value, ctx)));

/** A local date, or date and time, in a zone: ms since the epoch. */
export const moment = (zone: string) =>
  z.string().transform((value, ctx) => {
    const read = momentOf(value, zone);
    if ('at' in read) return read.at;
    fault(ctx, read.fault);
    return z.NEVER;
  });

export const KEY = /^[a-z0-9][a-z0-9_-]{0,62}$/;

export const isZone = (zone: unknown): zone is string => typeof zone === 'string' && ianaZone(zone) !== null;

export const zone = z.string().superRefine((value, ctx) => {
  if (!isZone(value))
    fault(ctx, `unknown time zone ${shown(value)}; expected an IANA name such as Europe/Vienna`);
});
