import { formatDuration } from '../../domain/duration.ts';
import type { Stage } from '../../domain/values.ts';
import type { Catalogue, CatalogueEntitlement } from '../../ports/catalogue.ts';
import { stagesText } from '../cases/judgement.ts';
import type { Rules } from '../rules.ts';
import { lineDiff } from './text-diff.ts';

/** One thing of the rules that is not as it was. `lines`: what of it, each `what: before → after`, or lines of text. */
export interface RulesChange {
  readonly kind: 'added' | 'removed' | 'changed';
  /** `entitlement orders-db:read`, `policy forbid.freeze`. */
  readonly subject: string;
  readonly lines: readonly string[];
}

/** What differs between two rule sets, by meaning: order, comments and spelling of defaults do not count. */
export function diffRules(before: Rules, after: Rules): readonly RulesChange[] {
  const [old, now] = [before.catalogue, after.catalogue];
  return [
    ...sectionDiff('entitlement', entitlementsOf(old), entitlementsOf(now)),
    ...sectionDiff('group', fieldsIn(old.groups), fieldsIn(now.groups)),
    ...sectionDiff('person', fieldsIn(old.people), fieldsIn(now.people)),
    ...sectionDiff('resource', fieldsIn(old.resources), fieldsIn(now.resources)),
    ...sectionDiff('connector', fieldsIn(old.connectors), fieldsIn(now.connectors)),
    ...sectionDiff('channel', fieldsIn(old.channels), fieldsIn(now.channels)),
    ...policyDiff(before, after),
    ...sectionDiff('calendar', calendarsOf(before), calendarsOf(after)),
    ...sectionDiff('limits for', limitsOf(old), limitsOf(now)),
    ...sectionDiff('setting', settingsOf(old), settingsOf(now)),
  ];
}

type Fields = Readonly<Record<string, string>>;
type Section = ReadonlyMap<string, Fields>;

function sectionDiff(noun: string, before: Section, after: Section): readonly RulesChange[] {
  return [...new Set([...before.keys(), ...after.keys()])].flatMap((key): RulesChange[] => {
    const [old, now] = [before.get(key), after.get(key)];
    const subject = `${noun} ${key}`;
    if (old === undefined) return [{ kind: 'added', subject, lines: fieldLines({}, now ?? {}) }];
    if (now === undefined) return [{ kind: 'removed', subject, lines: [] }];
    const lines = fieldLines(old, now);
    return lines.length === 0 ? [] : [{ kind: 'changed', subject, lines }];
  });
}

function fieldLines(before: Fields, after: Fields): readonly string[] {
  return [...new Set([...Object.keys(before), ...Object.keys(after)])].flatMap((name) => {
    const [old, now] = [before[name] ?? '', after[name] ?? ''];
    if (old === now) return [];
    if (old === '') return [`${name}: ${now}`];
    return [`${name}: ${old} → ${now === '' ? 'nothing' : now}`];
  });
}

const fieldsIn = (things: ReadonlyMap<string, object>): Section =>
  new Map([...things].map(([key, thing]) => [key, fieldsOf(thing)]));

/** Each field as a person reads it; what a field does not say is empty. */
function fieldsOf(thing: object): Fields {
  const named = Object.entries(thing).filter(([name]) => name !== 'key' && name !== 'id');
  return Object.fromEntries(named.map(([name, value]) => [nameOf(name), wordsOf(name, value)]));
}

const nameOf = (field: string): string => field.replace(/Ms$/, '');

function wordsOf(field: string, value: unknown): string {
  if (value === null || value === undefined) return '';
  if (typeof value === 'number') return field.endsWith('Ms') ? formatDuration(value) : String(value);
  if (typeof value === 'string') return value;
  if (typeof value !== 'object') return JSON.stringify(value);
  if (Array.isArray(value) && value.every((each) => typeof each !== 'object'))
    return value
      .map((each) => (field.endsWith('Ms') ? formatDuration(Number(each)) : String(each)))
      .join(', ');
  if (!Array.isArray(value) && Object.keys(value).length === 0) return '';
  return canonical(value);
}

/** JSON with sorted keys: two that mean the same read the same. */
const canonical = (value: unknown): string =>
  JSON.stringify(value, (_key, each: unknown) =>
    typeof each === 'object' && each !== null && !Array.isArray(each)
      ? Object.fromEntries(Object.entries(each).toSorted(([a], [b]) => (a < b ? -1 : 1)))
      : each,
  );

function entitlementsOf({ entitlements }: Catalogue): Section {
  return new Map([...entitlements].map(([id, entitlement]) => [id, entitlementFields(entitlement)]));
}

function entitlementFields({ consent, extension, justification, ...rest }: CatalogueEntitlement): Fields {
  const { stages, order, autoApprovedBy } = consent;
  return {
    ...fieldsOf(rest),
    consent: autoApprovedBy === null ? stagesText(stages) : 'automatic',
    order: stages.length > 1 ? order : '',
    stages: stages.map(stageWords).join('; '),
    justification: canonical(justification),
    extension:
      extension.most === 0
        ? 'none'
        : `${formatDuration(extension.longestMs)}, ${extension.most} times, ${extension.automatic ? 'automatic' : 'with consent'}`,
  };
}

const stageWords = ({ name, escalation }: Stage): string =>
  escalation === undefined
    ? name
    : `${name}, to ${escalation.group} after ${formatDuration(escalation.afterMs)}`;

const limitsOf = ({ limits }: Catalogue): Section =>
  new Map(
    Object.entries(limits).map(([name, { longestMs, approvals }]) => [
      name,
      {
        longest: longestMs === null ? 'no limit' : formatDuration(longestMs),
        approvals: String(approvals ?? 0),
      },
    ]),
  );

function settingsOf({ zone, slackTeams, audit, policies, impact, onInadmissible }: Catalogue): Section {
  const settings = { zone, slackTeams, audit, policies: policies ?? 'none', impact, onInadmissible };
  return new Map(Object.entries(settings).map(([name, value]) => [name, { value: wordsOf(name, value) }]));
}

/** A calendar that lies in a file says what the file says. */
function calendarsOf({ catalogue, files }: Rules): Section {
  return new Map(
    [...catalogue.calendars].map(([key, calendar]) => {
      const bytes = calendar.when.kind === 'ics' ? files.get(calendar.when.file) : undefined;
      const file = bytes === undefined ? {} : { file: new TextDecoder().decode(bytes) };
      const { file: content = '', ...fields }: Record<string, string> = { ...fieldsOf(calendar), ...file };
      return [
        key,
        {
          ...fields,
          ...(content === '' ? {} : { content: `${content.split('\n').length} lines, ${hashOf(content)}` }),
        },
      ];
    }),
  );
}

/** FNV-1a: enough to see that a file is another one. */
function hashOf(text: string): string {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193) >>> 0;
  return hash.toString(16).padStart(8, '0');
}

function policyDiff(before: Rules, after: Rules): readonly RulesChange[] {
  const [old, now] = [before.policies?.rules ?? new Map(), after.policies?.rules ?? new Map()];
  return [...new Set([...old.keys(), ...now.keys()])].flatMap((id): RulesChange[] => {
    const [was, is] = [old.get(id), now.get(id)];
    const subject = `policy ${id}`;
    if (was === undefined) return [{ kind: 'added', subject, lines: lineDiff('', is?.text ?? '') }];
    if (is === undefined) return [{ kind: 'removed', subject, lines: lineDiff(was.text, '') }];
    const same =
      canonical(was.json) === canonical(is.json) && canonical(was.annotations) === canonical(is.annotations);
    return same ? [] : [{ kind: 'changed', subject, lines: lineDiff(was.text, is.text) }];
  });
}
