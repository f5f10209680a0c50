import { join } from 'node:path';
import { z } from 'zod';
import { LIMITS } from '../../limits.ts';
import { readBounded, textOf } from '../bounded-file.ts';
import { moment, strict, text } from '../catalogue/fields.ts';
import { CatalogueError, expectedOneOf, shown } from '../problems.ts';
import type { Rules } from '../rules.ts';
import { checkYaml, type Fault, faultsAt } from '../yaml-file.ts';

/** That something may be newly allowed, or with fewer approvals, although the gate would stop it. */
export interface GateException {
  readonly entitlement: string;
  readonly group: string | null;
  readonly person: string | null;
  /** What they may: ask for it, or consent to what others ask for. */
  readonly may: 'ask' | 'consent';
  readonly reason: string;
  readonly approvedBy: readonly string[];
  /** Ms since the epoch: the end of its last day, in the catalogue's zone. */
  readonly until: number;
}

const key = text(100);
const schemaFor = (zone: string) =>
  strict({
    exceptions: z
      .array(
        strict({
          allow: strict({
            entitlement: key,
            group: key.optional(),
            person: key.optional(),
            may: z.enum(['ask', 'consent']).default('ask'),
          }),
          reason: text(LIMITS.reasonMaxChars),
          author: key,
          approvedBy: z.array(key).length(2),
          until: moment(zone),
        }),
      )
      .max(LIMITS.gateExceptionsMax),
  });

const DAY_MS = 24 * 3_600_000;

/** The exceptions of a folder; none where it has no gate.yaml. Throws CatalogueError for one that cannot be used. */
export async function loadGateFile(folder: string, rules: Rules): Promise<readonly GateException[]> {
  const file = join(folder, 'gate.yaml');
  const read = await readBounded(file, LIMITS.catalogueMaxBytes);
  if ('fault' in read && read.fault.includes('ENOENT')) return [];
  const content = 'fault' in read ? read : textOf(read.bytes);
  if ('text' in content) return readGateFile(content.text, file, rules);
  throw new CatalogueError(file, [{ file, line: 1, column: 1, path: '', message: content.fault }], 0);
}

export function readGateFile(content: string, file: string, rules: Rules): readonly GateException[] {
  const { value, placeOf } = checkYaml(content, file, schemaFor(rules.catalogue.zone));
  const faults = value.exceptions.flatMap((each, index) =>
    faultsIn(each, rules).map((f) => ({ ...f, path: ['exceptions', index, ...f.path] })),
  );
  if (faults.length > 0) throw faultsAt(placeOf, file, faults);
  return value.exceptions.map(({ allow, reason, approvedBy, until }) => ({
    entitlement: allow.entitlement,
    group: allow.group ?? null,
    person: allow.person ?? null,
    may: allow.may,
    reason,
    approvedBy,
    until: until + DAY_MS,
  }));
}

interface Entry {
  readonly allow: {
    readonly entitlement: string;
    readonly group?: string | undefined;
    readonly person?: string | undefined;
  };
  readonly author: string;
  readonly approvedBy: readonly string[];
}

/** An exception may be for what is yet to come; those who agree to it must be there already. */
function faultsIn({ allow, author, approvedBy }: Entry, { catalogue }: Rules): readonly Fault[] {
  const people = [...catalogue.people.keys()];
  const unknown = (path: Fault['path'], name: string): readonly Fault[] =>
    people.includes(name)
      ? []
      : [{ path, message: `unknown person ${shown(name)}; ${expectedOneOf(name, people)}` }];
  const [first, second] = approvedBy;
  const who = (allow.group === undefined) === (allow.person === undefined);
  return [
    ...(who ? [{ path: ['allow'], message: 'expected either a group or a person' }] : []),
    ...unknown(['author'], author),
    ...approvedBy.flatMap((name, index) => unknown(['approvedBy', index], name)),
    ...(first === second
      ? [{ path: ['approvedBy', 1], message: 'expected another person than the first' }]
      : []),
    ...approvedBy.flatMap((name, index) =>
      name === author
        ? [
            {
              path: ['approvedBy', index],
              message: `${shown(name)} is its author; expected two other people`,
            },
          ]
        : [],
    ),
  ];
}
