import type { EventMeta } from '../domain/events.ts';
import type { Subject } from '../domain/values.ts';
import type { ShownText } from '../domain/visibility.ts';
import type { ReportSource } from './source.ts';

/** What one field of a row holds, and with it how each format prints it. Times and durations in ms. */
export type Cell =
  /** Codes, ids and titles. */
  | { readonly kind: 'text'; readonly value: string | null }
  | { readonly kind: 'list'; readonly value: readonly string[] }
  /** What people wrote, as the reader may see it; null: nothing was written. */
  | { readonly kind: 'words'; readonly value: ShownText | null }
  | { readonly kind: 'person'; readonly value: Subject | null }
  | { readonly kind: 'people'; readonly value: readonly Subject[] }
  | { readonly kind: 'instant'; readonly value: number | null }
  /** The instant by which a row is in the period. */
  | { readonly kind: 'moment'; readonly value: number | null }
  | { readonly kind: 'duration'; readonly value: number | null }
  | { readonly kind: 'count'; readonly value: number | null }
  | { readonly kind: 'hash'; readonly value: string | null };

/** A field that every row of a report has. */
export interface ColumnHead {
  /** `granted_at`: its name in CSV and JSON. */
  readonly id: string;
  readonly title: string;
  readonly means: string;
  readonly kind: Cell['kind'];
  /** On a page: a column of its own, or a line below the row. */
  readonly place: 'column' | 'below';
}

export interface Column<R> extends ColumnHead {
  readonly cell: (row: R) => Cell;
}

/** What a row stands on, and what is wrong with it, in words. `event` null: on no event of the log. */
export interface Row {
  readonly event: EventMeta | null;
  readonly exceptions: readonly string[];
}

/** A number over all rows; durations in ms, null where no row has one. */
export interface Figure {
  readonly label: string;
  readonly kind: 'count' | 'duration';
  readonly value: number | null;
}

export interface ReportHead {
  /** As it is asked for: `grants`. */
  readonly name: string;
  /** Its place among the ten. */
  readonly number: number;
  readonly title: string;
  /** What it answers. */
  readonly answers: string;
  /** Which rows a period has. */
  readonly period: string;
  /** What it means that there is nothing. */
  readonly nothing: string;
  /** What auditors hold it against. */
  readonly serves: string;
  /** `requests`: an owner may have it, of their own resources. */
  readonly over: 'requests' | 'installation';
}

export interface TableRow extends Row {
  /** In the order of the columns. */
  readonly cells: () => readonly { readonly column: ColumnHead; readonly cell: Cell }[];
}

/** A report's rows, before names are put to the people in it. */
export interface Table {
  readonly columns: readonly ColumnHead[];
  readonly rows: readonly TableRow[];
  readonly figures: readonly Figure[];
}

export interface Report extends ReportHead {
  /** Rows in the order of the log; throws ReportError `too_many_rows`, `log_broken`. */
  readonly table: (source: ReportSource) => Promise<Table>;
}

interface Definition<R extends Row> extends ReportHead {
  readonly columns: readonly Column<R>[];
  readonly rows: (source: ReportSource) => Promise<readonly R[]>;
  readonly figures: (rows: readonly R[]) => readonly Figure[];
}

export function report<R extends Row>({ columns, rows, figures, ...head }: Definition<R>): Report {
  return {
    ...head,
    table: async (source) => {
      const found = await rows(source);
      return {
        columns,
        rows: found.map((row) => ({
          event: row.event,
          exceptions: row.exceptions,
          cells: () => columns.map((column) => ({ column, cell: column.cell(row) })),
        })),
        figures: figures(found),
      };
    },
  };
}

/** Makes the columns of one kind of row: `is.instant('granted_at', 'Granted', 'When …', (row) => row.grantedAt)`. */
export function columnsOf<R extends Row>() {
  const of =
    <K extends Cell['kind']>(kind: K) =>
    (
      id: string,
      title: string,
      means: string,
      value: (row: R) => Extract<Cell, { kind: K }>['value'],
      place: ColumnHead['place'] = 'column',
    ): Column<R> => ({
      id,
      title,
      means,
      kind,
      place,
      cell: (row) => ({ kind, value: value(row) }) as Cell,
    });
  return {
    text: of('text'),
    list: of('list'),
    words: of('words'),
    person: of('person'),
    people: of('people'),
    instant: of('instant'),
    moment: of('moment'),
    duration: of('duration'),
    count: of('count'),
    hash: of('hash'),
  };
}
