import type { PolicyInput } from '../policy/input.ts';
import { parseDuration } from '../domain/duration.ts';
import { whenOf } from '../policy/calendar/instant-text.ts';
import { expectedOneOf } from '../policy/problems.ts';
import type { Rules } from '../policy/rules.ts';
import type { CatalogueEntitlement, CatalogueResource } from '../ports/catalogue.ts';
import { systemClock } from '../system.ts';
import { CliError, complain } from './io.ts';

/** What a question on the command line is about. */
export interface Asked {
  readonly entitlement: CatalogueEntitlement;
  readonly resource: CatalogueResource;
  readonly at: number;
  readonly durationMs: number;
}

export interface AskedOptions {
  readonly at?: string;
  readonly for?: string;
}

export function askedOf({ catalogue }: Rules, id: string, options: AskedOptions): Asked {
  const entitlement = catalogue.entitlements.get(id);
  const resource = catalogue.resources.get(entitlement?.resource ?? '');
  if (entitlement === undefined || resource === undefined) {
    const known = expectedOneOf(id, [...catalogue.entitlements.keys()]);
    throw new CliError('notFound', `there is no entitlement ${id.slice(0, 80)}; ${known}`);
  }
  return {
    entitlement,
    resource,
    at: momentOf(options.at ?? 'now', resource.zone),
    durationMs: options.for === undefined ? (entitlement.durationsMs[0] ?? 0) : durationOf(options.for),
  };
}

function momentOf(text: string, zone: string): number {
  const when = whenOf(text, zone, systemClock.now());
  if (!when.ok) throw new CliError('usage', `--at ${when.problem}`);
  if (when.note !== null) complain(`--at: ${when.note}`);
  return when.at;
}

function durationOf(text: string): number {
  const ms = parseDuration(text);
  if (ms !== null && ms > 0) return ms;
  throw new CliError('usage', `--for ${text.slice(0, 40)}: expected a duration such as 30m or 1h30m`);
}

/** A moment on the wall of a zone: `Sun 2026-06-07 03:00 Europe/Vienna`. */
export function wallText({ calendars }: Rules, at: number, zone: string): string {
  const { weekday, date, minuteOfDay } = calendars.localTime(at, zone);
  const clock = [Math.floor(minuteOfDay / 60), minuteOfDay % 60]
    .map((n) => String(n).padStart(2, '0'))
    .join(':');
  return `${DAYS[weekday - 1]} ${date} ${clock} ${zone}`;
}

const DAYS = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'];

type Given = Pick<PolicyInput, 'facts' | 'exceptions'>;

const GIVEN = `on-call=yes, incident=1, ticket=approved, ticket=approved/mine, device=compliant,
network=office, risk=900, mfa=5m, exception=freeze`;

/** Facts of `--given`, each as `what=value`. */
export function givenOf(pairs: readonly string[]): Given {
  const facts: PolicyInput['facts'] = {};
  const exceptions: string[] = [];
  for (const pair of pairs) {
    const [name = '', value = ''] = pair.split(/=(.*)/s);
    if (value === '') throw refused(pair);
    if (name === 'exception') exceptions.push(value);
    else Object.assign(facts, factOf(name, value) ?? fail(pair));
  }
  return { facts, exceptions: exceptions.sort() };
}

const refused = (pair: string): CliError =>
  new CliError('usage', `--given ${pair.slice(0, 40)}: expected any of ${GIVEN.replaceAll('\n', ' ')}`);
function fail(pair: string): never {
  throw refused(pair);
}

function factOf(name: string, value: string): PolicyInput['facts'] | null {
  const flag = value === 'yes' ? true : value === 'no' ? false : null;
  const number = /^\d{1,4}$/.test(value) ? Number(value) : null;
  switch (name) {
    case 'on-call':
      return flag === null ? null : { onCall: flag };
    case 'incident':
      return number === null ? null : { incident: { id: 'INC-1', severity: number } };
    case 'ticket': {
      const [state = '', mine] = value.split('/');
      return { ticket: { state, assigned: mine === 'mine' } };
    }
    case 'device':
      return { device: { compliant: value === 'compliant' } };
    case 'network':
      return { network: { origin: value } };
    case 'risk':
      return number === null ? null : { risk: number };
    case 'mfa': {
      const ms = parseDuration(value);
      return ms === null ? null : { mfaAgeMs: ms };
    }
    default:
      return null;
  }
}
