import { shown } from '../problems.ts';
import { type Component, named, only, partsNamed, refuse, ruleText, textOf } from './ics-parts.ts';
import { readOnsets } from './rule.ts';
import { readWall, type Wall, type Zone } from './zone.ts';

const FIRST = Date.UTC(1970, 0);
/** Further ahead no clock's changes are known, and nothing is said of a moment there. */
const LAST = Date.UTC(2100, 0);

interface Change {
  readonly at: number;
  readonly before: number;
  readonly after: number;
}

/** A zone as a VTIMEZONE describes it (RFC 5545 3.6.5): each change of the clock that its parts give until 2100. */
export function readZone(component: Component): Zone {
  const name = textOf(component, 'tzid') ?? '';
  const parts = [...partsNamed(component, 'standard'), ...partsNamed(component, 'daylight')];
  const changes = parts.flatMap(changesOf).sort((a, b) => a.at - b.at);
  const [first] = changes;
  if (first === undefined) throw refuse(`VTIMEZONE ${shown(name)} says nothing of its clock`);
  return {
    name,
    offsetAt(at) {
      if (at >= LAST) throw new Error(`${name}: no change of its clock is known beyond 2100`);
      return changes.findLast((change) => change.at <= at)?.after ?? first.before;
    },
  };
}

function changesOf(part: Component): readonly Change[] {
  const [before, after] = [offsetOf(part, 'tzoffsetfrom'), offsetOf(part, 'tzoffsetto')];
  return onsetsOf(part, before).map((wall) => ({ at: wall - before, before, after }));
}

function onsetsOf(part: Component, before: number): readonly Wall[] {
  const start = onset(only(part, 'dtstart')?.[3]);
  const added = named(part, 'rdate').flatMap(([, , , ...values]) => values.map(onset));
  const rule = only(part, 'rrule');
  if (rule === null) return [start, ...added];
  const onsets = readOnsets(ruleText(rule), { start, wallOf: (at) => at + before, added, removed: [] });
  // What is not evaluated that far back holds from its beginning all the same.
  return [...(start < FIRST ? [] : [start]), ...onsets.startsBetween(FIRST, LAST)];
}

function onset(value: unknown): Wall {
  const wall = typeof value === 'string' ? readWall(value) : null;
  if (wall === null) throw refuse(`VTIMEZONE: ${shown(value)} is no local date and time`);
  return wall;
}

function offsetOf(part: Component, name: string): number {
  const text = textOf(part, name) ?? '';
  const [, sign, hours, minutes, seconds = '0'] = /^([+-])(\d\d):(\d\d)(?::(\d\d))?$/.exec(text) ?? [];
  const ms = ((Number(hours) * 60 + Number(minutes)) * 60 + Number(seconds)) * 1_000;
  if (sign === undefined || ms > 24 * 3_600_000)
    throw refuse(`VTIMEZONE: ${name.toUpperCase()} ${shown(text)}: expected an offset such as +0100`);
  return sign === '-' ? -ms : ms;
}
