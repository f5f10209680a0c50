/** RFC 7644, table 9: those that we have a use for. */
export type ScimType =
  | 'invalidFilter'
  | 'invalidPath'
  | 'invalidSyntax'
  | 'invalidValue'
  | 'mutability'
  | 'noTarget'
  | 'uniqueness';

/** Why a request is not carried out. `detail` names the thing and the rule; it is read by the provider's operator. */
export class Refusal {
  readonly status: number;
  readonly scimType: ScimType | null;
  readonly detail: string;
  constructor(status: number, scimType: ScimType | null, detail: string) {
    this.status = status;
    this.scimType = scimType;
    this.detail = detail;
  }
}

export const refuse = (scimType: ScimType, detail: string): Refusal =>
  new Refusal(scimType === 'uniqueness' ? 409 : 400, scimType, detail);

export const tooMany = (detail: string): Refusal => new Refusal(413, null, detail);

/** What someone sent, short enough to say back. */
export function quoted(value: unknown): string {
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object' && value !== null) return 'an object';
  const text = JSON.stringify(value) ?? 'nothing';
  return text.length <= 60 ? text : `${text.slice(0, 60)}…`;
}
