import { shown } from '../problems.ts';
import { Unreadable } from './unreadable.ts';

/** jCal (RFC 7265): what the parser makes of a property and of a component. */
export type Property = readonly [
  name: string,
  params: Record<string, unknown>,
  type: string,
  ...values: unknown[],
];
export type Component = readonly [name: string, properties: readonly Property[], parts: readonly Component[]];

export const refuse = (message: string): Unreadable => new Unreadable('ics', message);

export const named = (of: Component, name: string): readonly Property[] =>
  of[1].filter((property) => property[0] === name);

export const partsNamed = (of: Component, name: string): readonly Component[] =>
  of[2].filter((part) => part[0] === name);

/** The one property of that name; null: there is none. More than one is refused. */
export function only(of: Component, name: string): Property | null {
  const [first, second] = named(of, name);
  if (second !== undefined) throw refuse(`${name.toUpperCase()} stands twice; expected it once`);
  return first ?? null;
}

export const textOf = (of: Component, name: string): string | null => {
  const value = only(of, name)?.[3];
  return typeof value === 'string' ? value : null;
};

/** A rule as text again: the parser keeps what it does not know, and `WKST` as a number from 1 for Sunday. */
export function ruleText(property: Property): string {
  const value = property[3];
  if (typeof value !== 'object' || value === null) throw refuse(`RRULE ${shown(value)} is not read`);
  return Object.entries(value as Record<string, unknown>)
    .map(([key, part]) => `${key}=${rulePart(key, part)}`)
    .join(';');
}

const FROM_SUNDAY = ['', 'SU', 'MO', 'TU', 'WE', 'TH', 'FR', 'SA'];

function rulePart(key: string, part: unknown): string {
  if (key === 'wkst') return FROM_SUNDAY[Number(part)] ?? String(part);
  return key === 'until' ? String(part).replace(/[-:]/g, '') : String(part);
}

/** `P1DT6H`, ms and days apart as RFC 5545 3.3.6 counts them; null: no duration, or none that goes forward. */
export function readDuration(text: unknown): { readonly days: number; readonly restMs: number } | null {
  const [all, weeks, days, hours, minutes, seconds] =
    /^\+?P(?:(\d{1,4})W)?(?:(\d{1,4})D)?(?:T(?:(\d{1,4})H)?(?:(\d{1,5})M)?(?:(\d{1,6})S)?)?$/.exec(
      String(text),
    ) ?? [];
  if (all === undefined) return null;
  const [w, d, h, m, s] = [weeks, days, hours, minutes, seconds].map((part) => Number(part ?? 0));
  const length = {
    days: (w ?? 0) * 7 + (d ?? 0),
    restMs: ((h ?? 0) * 3_600 + (m ?? 0) * 60 + (s ?? 0)) * 1_000,
  };
  return length.days + length.restMs > 0 ? length : null;
}
