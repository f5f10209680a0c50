/** Something that `policy check`, `test` or `gate` found or made sure of, for people and for machines. */
export interface Finding {
  /** Stable: what a dashboard groups by, and what the manual explains. */
  readonly rule: string;
  /** What it is about: `entitlement orders-db:read`, the name of a case. */
  readonly subject: string;
  /** Null: it holds. */
  readonly problem: Problem | null;
  readonly file: string;
  /** From 1. */
  readonly line: number;
  readonly column: number;
}

export interface Problem {
  readonly level: 'error' | 'warning';
  readonly message: string;
  readonly remedy: string | null;
}

export interface FindingsReport {
  /** `policy gate`. */
  readonly command: string;
  readonly version: string;
  readonly findings: readonly Finding[];
  /** What each rule is about, by its id. */
  readonly rules: Readonly<Record<string, string>>;
}
