import { z } from 'zod';
import { LIMITS } from '../../limits.ts';
import type { CatalogueCalendar } from '../../ports/catalogue.ts';
import { readWall } from '../calendar/zone.ts';
import { A_LOCAL_TIME } from '../local-moment.ts';
import { shown } from '../problems.ts';
import {
  chosen,
  duration,
  fault,
  like,
  type Names,
  reference,
  strict,
  text,
  uniqueList,
  zone,
} from './fields.ts';

/**
 * What a calendar says of when it holds: a file, a rule that comes again, or once from a time until another. Whether
 * there are such times is seen when it is read (`calendar/`).
 */
export function calendarSchema(names: Names) {
  const among = (kind: string, known: readonly string[]) =>
    uniqueList(reference(kind, known), LIMITS.calendarScopeMax, 1).optional();
  const shared = {
    kind: z.enum(['freeze', 'maintenance']),
    title: text(LIMITS.titleMaxChars),
    resources: among('resource', names.resources),
    environments: among('environment', names.environments),
  };
  const clock = { zone: zone.default(names.zone) };
  const ics = strict({ ...shared, ics: like(ICS, 'a file beside the catalogue such as freezes.ics') }, FORMS);
  const rule = strict(
    { ...shared, ...clock, rule: text(LIMITS.calendarRuleMaxChars), start: local, lasts: duration },
    FORMS,
  );
  const span = strict({ ...shared, ...clock, from: local, until: local }, FORMS);
  return chosen<typeof ics | typeof rule | typeof span>((keys) =>
    keys.has('ics') ? ics : RECURRING.some((key) => keys.has(key)) ? rule : span,
  );
}
export type CalendarEntry = z.output<ReturnType<typeof calendarSchema>>;

const RECURRING = ['rule', 'start', 'lasts'];
const FORMS = ['ics', 'from', 'until', ...RECURRING];
const ICS = /^[A-Za-z0-9_-][A-Za-z0-9._-]{0,100}\.ics$/;

const local = z.string().transform((value, ctx) => {
  if (readWall(value) === null) fault(ctx, `${A_LOCAL_TIME}; got ${shown(value)}`);
  return value.includes('T') ? value : `${value}T00:00`;
});

export function buildCalendar(key: string, entry: CalendarEntry): CatalogueCalendar {
  const { kind, title, resources = null, environments = null } = entry;
  return { key, kind, title, resources, environments, when: whenOf(entry) };
}

function whenOf(entry: CalendarEntry): CatalogueCalendar['when'] {
  if ('ics' in entry) return { kind: 'ics', file: entry.ics };
  const { zone: where } = entry;
  if ('from' in entry) return { kind: 'span', from: entry.from, until: entry.until, zone: where };
  return { kind: 'rrule', rule: entry.rule, start: entry.start, durationMs: entry.lasts, zone: where };
}
