import { isObject } from '../wire.ts';

/** Collects what is wrong with a payload, each with the JSON pointer that Slack would give. */
export class Report {
  readonly problems: string[] = [];

  add(pointer: string, message: string): void {
    this.problems.push(`${message} [json-pointer:${pointer}]`);
  }

  /** Length of a string, in the UTF-16 units that Slack counts. */
  text(value: unknown, pointer: string, maxChars: number, minChars = 1): value is string {
    if (typeof value !== 'string') this.add(pointer, 'must be a string');
    else if (value.length > maxChars) this.add(pointer, `must be less than ${maxChars + 1} characters`);
    else if (value.length < minChars) this.add(pointer, `must be more than ${minChars - 1} characters`);
    else return true;
    return false;
  }

  optionalText(value: unknown, pointer: string, maxChars: number): void {
    if (value !== undefined) this.text(value, pointer, maxChars, 0);
  }

  items(value: unknown, pointer: string, maxItems: number, minItems = 1): value is unknown[] {
    if (!Array.isArray(value)) this.add(pointer, 'must provide an array');
    else if (value.length > maxItems) this.add(pointer, `no more than ${maxItems} items allowed`);
    else if (value.length < minItems) this.add(pointer, `must provide at least ${minItems} items`);
    else return true;
    return false;
  }

  object(value: unknown, pointer: string): value is Record<string, unknown> {
    if (isObject(value)) return true;
    this.add(pointer, 'must provide an object');
    return false;
  }

  /** Slack refuses a property that it does not know, wherever it stands. */
  onlyKeys(value: Record<string, unknown>, pointer: string, allowed: readonly string[]): void {
    for (const key of Object.keys(value)) {
      if (!allowed.includes(key)) this.add(pointer, `invalid additional property: ${key.slice(0, 80)}`);
    }
  }

  oneOf(value: unknown, pointer: string, allowed: readonly unknown[]): void {
    if (value !== undefined && !allowed.includes(value)) this.add(pointer, 'must be a valid enum value');
  }

  flag(value: unknown, pointer: string): void {
    if (value !== undefined && typeof value !== 'boolean') this.add(pointer, 'must be a boolean');
  }

  url(value: unknown, pointer: string): void {
    if (value === undefined) return;
    if (this.text(value, pointer, 3000) && !URL.canParse(value)) this.add(pointer, 'must be a valid URL');
  }
}
