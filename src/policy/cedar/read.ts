import { LIMITS } from '../../limits.ts';
import type { CatalogueProblem } from '../../ports/catalogue.ts';
import { readText } from '../catalogue/values.ts';
import type { Annotations } from './annotations.ts';
import { depthOf, hasInexactNumber } from './expression.ts';
import { type Part, type Place, placesIn, splitPolicies } from './split.ts';
import { type CedarFault, policyJson } from './wasm.ts';

/** One policy that could be read, and where it stands. */
export interface Policy {
  readonly file: string;
  readonly part: Part;
  /** Place of an offset in the policy's text. */
  readonly placeOf: (offset: number) => Place;
  /** Empty where there is none, which is a problem. */
  readonly id: string;
  readonly effect: 'permit' | 'forbid';
  readonly annotations: Annotations;
  readonly json: unknown;
}

export interface FileRead {
  readonly policies: readonly Policy[];
  readonly problems: readonly CatalogueProblem[];
}

export const TOP: Place = { line: 1, column: 1 };

export const problemAt = (file: string, place: Place, message: string, path = ''): CatalogueProblem => ({
  file,
  ...place,
  path,
  message,
});

/** The policies of one file, as far as each can be read by itself. */
export function readFile(file: string, text: string): FileRead {
  const unreadable = fileFault(file, text);
  if (unreadable !== null) return { policies: [], problems: [unreadable] };
  const places = placesIn(text);
  const parts = splitPolicies(text);
  const beyond = parts[LIMITS.policiesMax];
  if (beyond !== undefined)
    return { policies: [], problems: [tooMany(file, places(beyond.offset), parts.length)] };
  const policies: Policy[] = [];
  const problems: CatalogueProblem[] = [];
  for (const part of parts) {
    const placeOf = (offset: number) => places(part.offset + offset);
    const read = readPart(part);
    if ('fault' in read) problems.push(problemAt(file, placeOf(read.fault.offset), read.fault.message));
    else policies.push({ file, part, placeOf, ...read });
  }
  return { policies, problems };
}

function fileFault(file: string, text: string): CatalogueProblem | null {
  if (Buffer.byteLength(text) > LIMITS.policyFileMaxBytes) {
    return problemAt(
      file,
      TOP,
      `is larger than ${LIMITS.policyFileMaxBytes} bytes; expected hand-written policies`,
    );
  }
  for (const [index, line] of text.split('\n').entries()) {
    const { fault } = readText(line, LIMITS.policyFileMaxBytes);
    if (fault !== null) return problemAt(file, { line: index + 1, column: 1 }, fault);
  }
  return null;
}

export const tooMany = (file: string, place: Place, count: number): CatalogueProblem =>
  problemAt(file, place, `the first of too many: ${count} policies; at most ${LIMITS.policiesMax} are read`);

type PartRead = Pick<Policy, 'id' | 'effect' | 'annotations' | 'json'> | { readonly fault: CedarFault };

const DEPTH = `expected no deeper nesting; write several policies, or ["a", "b"].contains(..) for many alternatives`;

function readPart({ text, nesting }: Part): PartRead {
  if (text.length > LIMITS.policyMaxChars)
    return {
      fault: {
        message: `is ${text.length} characters long; at most ${LIMITS.policyMaxChars} fit`,
        offset: 0,
      },
    };
  if (nesting > LIMITS.policyNestingMax)
    return { fault: { message: `${nesting} brackets are open at once; ${DEPTH}`, offset: 0 } };
  const json = policyJson(text);
  if (!('effect' in json)) return { fault: json[0] ?? { message: 'is no policy', offset: 0 } };
  if (depthOf(json) > LIMITS.policyDepthMax)
    return { fault: { message: `too many operators in one another; ${DEPTH}`, offset: 0 } };
  if (hasInexactNumber(json))
    return {
      fault: { message: `a number is beyond ${Number.MAX_SAFE_INTEGER}; expected a smaller one`, offset: 0 },
    };
  const annotations = annotationsOf(json.annotations);
  return { id: annotations['id'] ?? '', effect: json.effect, annotations, json };
}

/** An annotation without a value comes as null, whatever its type says. */
const annotationsOf = (annotations: Readonly<Record<string, string | null>> = {}): Annotations =>
  Object.fromEntries(Object.entries(annotations).map(([name, value]) => [name, value ?? '']));
