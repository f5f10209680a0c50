import type { Subject } from '../domain/values.ts';
import type { ShownText } from '../domain/visibility.ts';
import type { MadeReport } from './made.ts';
import type { Cell, ColumnHead, TableRow } from './report.ts';

/** What a cell is for programs: CSV prints it as text, JSON as it is. */
export type Field = string | number | null | readonly string[] | ShownText;

/** One cell may take two fields, so that each can be sorted and compared by itself. */
const SUFFIXES: { readonly [K in Cell['kind']]: readonly string[] } = {
  text: [''],
  list: [''],
  words: [''],
  person: ['', '_name'],
  people: ['', '_names'],
  instant: [''],
  moment: ['', '_local'],
  duration: ['_s'],
  count: [''],
  hash: [''],
};

export const fieldNames = (columns: readonly ColumnHead[]): readonly string[] => [
  ...columns.flatMap(({ id, kind }) => SUFFIXES[kind].map((suffix) => `${id}${suffix}`)),
  'exceptions',
  'log_index',
  'leaf_hash',
];

export const fieldsOf = (row: TableRow, report: Pick<MadeReport, 'names' | 'zone'>): readonly Field[] => [
  ...row.cells().flatMap(({ cell }) => cellFields(cell, report)),
  row.exceptions,
  row.event?.index ?? null,
  row.event?.leaf ?? null,
];

/** As many as the kind has suffixes. Times in UTC, durations in seconds. */
function cellFields(cell: Cell, { names, zone }: Pick<MadeReport, 'names' | 'zone'>): readonly Field[] {
  const nameOf = (subject: Subject): string => names.get(subject) ?? subject;
  const { value } = cell;
  switch (cell.kind) {
    case 'person':
      return [cell.value, cell.value && nameOf(cell.value)];
    case 'people':
      return [cell.value, cell.value.map(nameOf)];
    case 'instant':
      return [utc(cell.value)];
    case 'moment':
      return [utc(cell.value), cell.value === null ? null : zone.iso(cell.value)];
    case 'duration':
      return [cell.value === null ? null : cell.value / 1_000];
    case 'text':
    case 'list':
    case 'words':
    case 'count':
    case 'hash':
      return [value];
  }
}

const utc = (at: number | null): string | null => (at === null ? null : new Date(at).toISOString());

export const isText = (field: Field): field is ShownText =>
  typeof field === 'object' && field !== null && 'kind' in field;
