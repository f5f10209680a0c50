import { type Comparison, comparisonsOf } from './filter.ts';
import { quoted, Refusal, refuse } from './refusal.ts';
import { attributeKey } from './schema-names.ts';

/** What an operation is about (RFC 7644, 3.5.2): `emails[type eq "work"].value`. */
export interface Path {
  /** As our tables call it. */
  readonly attribute: string;
  /** Which of its values; null: it says nothing of that. */
  readonly which: readonly Comparison[] | null;
  /** In lower case. */
  readonly sub: string | null;
}

const PATH =
  /^(?<attribute>(?:urn:[^\s[\]"]+:)?[A-Za-z$][\w$-]*)(?:\[(?<which>.*)\])?(?:\.(?<sub>[A-Za-z$][\w$-]*))?$/;

export function pathOf(text: string): Path | Refusal {
  const { attribute, which, sub } = PATH.exec(text)?.groups ?? {};
  if (attribute === undefined) return refuse('invalidPath', `no path: ${quoted(text)}`);
  const values = which === undefined ? null : comparisonsOf(which, 'invalidPath');
  if (values instanceof Refusal) return values;
  return { attribute: attributeKey(attribute), which: values, sub: sub?.toLowerCase() ?? null };
}
