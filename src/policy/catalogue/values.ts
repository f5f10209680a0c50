import { checkText } from '../../domain/text.ts';
import { LIMITS } from '../../limits.ts';
import type { Path } from '../problems.ts';
import { secretLook } from '../secret-looks.ts';

/** What is wrong with a value inside a scope or a connector's configuration, and where inside it. */
interface ValueFault {
  readonly path: Path;
  readonly message: string;
}

/** A text as people will read it (trimmed, normalised), or why it may not stand where they do. */
export function readText(value: string, maxChars: number): { text: string; fault: string | null } {
  const checked = checkText('', value, maxChars);
  if (checked.ok) return { text: checked.text, fault: null };
  const { refusal } = checked;
  if (refusal.code === 'text-too-long') {
    return { text: '', fault: `is ${refusal.length} characters long; at most ${maxChars} fit` };
  }
  const what = refusal.code === 'text-unsafe' ? refusal.what : 'unsafe characters';
  return { text: '', fault: `contains ${what}; remove them` };
}

type Rule = (value: string | number, key: string) => string | null;

/** A scope reaches the target and the approvers' card as it is: nothing in it may stand for more than it says. */
export const scopeFaults = (scope: unknown): readonly ValueFault[] =>
  faultsIn(scope, (value) => {
    const text = String(value);
    if (text.includes('*')) return 'wildcard "*" is refused: a scope names exactly what it gives';
    return readText(text, LIMITS.descriptionMaxChars).fault;
  });

/**
 * A configuration is stored with each grant and shown to operators: secrets stand in it by reference only. Messages
 * never repeat the value.
 */
export const configFaults = (config: unknown): readonly ValueFault[] => faultsIn(config, secretFault);

const REFERENCE = /^(?:env:[A-Za-z_][A-Za-z0-9_]*|file:[^\p{Cc}]+)$/u;
const SECRET_KEY =
  /(?:password|passwd|pwd|passphrase|secret|token|credentials?|api[-_]?key|private[-_]?key)$/i;
const REMEDY = 'give it as env:NAME or file:path';

const secretFault: Rule = (value, key) => {
  const text = String(value);
  if (REFERENCE.test(text)) return null;
  if (/^(?:env|file):/.test(text)) return 'is not a reference; expected env:NAME or file:path';
  if (SECRET_KEY.test(key)) return `a secret is never written here; ${REMEDY}`;
  const look = secretLook(text);
  return look === null ? null : `${look}; ${REMEDY}`;
};

/** Walks what YAML can hold; its depth and size were bounded when it was read. */
function faultsIn(value: unknown, rule: Rule, path: Path = [], key = ''): ValueFault[] {
  if (typeof value === 'number' && !Number.isSafeInteger(value)) {
    return [{ path, message: 'expected a whole number, or text in quotes' }];
  }
  if (typeof value === 'string' || typeof value === 'number') {
    const message = rule(value, key);
    return message === null ? [] : [{ path, message }];
  }
  if (Array.isArray(value)) return value.flatMap((item, i) => faultsIn(item, rule, [...path, i], key));
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, item]) => {
    const own = [...path, name];
    if (/^[\w.:/-]{1,80}$/.test(name)) return faultsIn(item, rule, own, name);
    return [{ path: own, message: 'expected a key of letters, digits, _ . : / and -' }];
  });
}
