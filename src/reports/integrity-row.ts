import type { Subject } from '../domain/values.ts';
import type { ShownText } from '../domain/visibility.ts';
import type { Row } from './report.ts';

export interface IntegrityRow extends Row {
  readonly part: 'key' | 'checkpoint' | 'anchor' | 'interval' | 'redaction' | 'history';
  readonly what: string;
  readonly at: number | null;
  readonly size: number | null;
  readonly root: string | null;
  readonly lastedMs: number | null;
  readonly by: Subject | null;
  readonly approvedBy: Subject | null;
  readonly reason: ShownText | null;
}

/** What a row says where nothing else is said. */
export const PLAIN = {
  event: null,
  at: null,
  size: null,
  root: null,
  lastedMs: null,
  by: null,
  approvedBy: null,
  reason: null,
  exceptions: [],
} as const;
