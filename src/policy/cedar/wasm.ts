import '../../v8-flags.ts';
import { createRequire } from 'node:module';
import type * as Wasm from '@cedar-policy/cedar-wasm/nodejs';
import { LIMITS } from '../../limits.ts';
import type { CedarQuestion } from './policies.ts';
import { CEDAR_SCHEMA } from './schema.ts';

type Cedar = typeof Wasm;
type PolicyJson = Wasm.PolicyJson;

/** Policies' texts by id. Whoever holds a set may ask it; which of them are preparsed is seen to here. */
export type PolicySet = Readonly<Record<string, string>>;

/** Something Cedar has to say of a policy's text; `offset` counts UTF-16 units in it. */
export interface CedarFault {
  readonly message: string;
  readonly offset: number;
}

export type CedarDecision =
  | { readonly allowed: boolean; readonly ids: readonly string[]; readonly errors: readonly string[] }
  | { readonly failed: string };

/** One policy's text as Cedar's JSON, or what is wrong with it. */
export function policyJson(text: string): PolicyJson | readonly CedarFault[] {
  const answer = guarded(({ cedar }) => cedar.policyToJson(text));
  if (answer === null) return [{ message: TOO_DEEP, offset: 0 }];
  return answer.type === 'success' ? answer.json : answer.errors.map((error) => faultOf(error, text));
}

/** What strict validation says against the schema, by the key of the policy's text. */
export function validated(
  texts: Readonly<Record<string, string>>,
): ReadonlyMap<string, readonly CedarFault[]> {
  const call = { schema: CEDAR_SCHEMA, policies: { staticPolicies: { ...texts } } };
  const answer = guarded(({ cedar }) => cedar.validate(call));
  if (answer === null)
    return new Map(Object.keys(texts).map((id) => [id, [{ message: TOO_DEEP, offset: 0 }]]));
  if (answer.type === 'failure') throw new Error(`Cedar does not validate: ${answer.errors[0]?.message}`);
  // Nobody who writes a rule wants one that can never hold: a warning is an error, unless an error tells why.
  const faults = new Map<string, CedarFault[]>();
  for (const { policyId, error } of answer.validationErrors) note(faults, policyId, error, texts);
  const faulty = new Set(faults.keys());
  for (const { policyId, error } of answer.validationWarnings)
    if (!faulty.has(policyId)) note(faults, policyId, error, texts);
  return faults;
}

function note(
  faults: Map<string, CedarFault[]>,
  id: string,
  error: Wasm.DetailedError,
  texts: Readonly<Record<string, string>>,
): void {
  faults.set(id, [...(faults.get(id) ?? []), faultOf(error, texts[id] ?? '')]);
}

/** Asks a set. Never throws: what goes wrong inside Cedar is an answer too, and never a yes. */
export function decided(set: PolicySet, question: CedarQuestion): CedarDecision {
  const { principal, action, resource, context, entities } = question;
  const answer = guarded((instance) =>
    instance.cedar.statefulIsAuthorized({
      principal: { type: 'Person', id: principal },
      action: { type: 'Action', id: action },
      resource: { type: 'Entitlement', id: resource },
      context,
      entities: entities as unknown as Wasm.Entities,
      preparsedPolicySetId: slotOf(instance, set),
      preparsedSchemaName: SCHEMA,
      validateRequest: true,
    }),
  );
  if (answer === null) return { failed: 'Cedar failed; it was started anew' };
  if (answer.type === 'failure') return { failed: answer.errors.map(worded).join('; ') };
  const { decision, diagnostics } = answer.response;
  const errors = diagnostics.errors.map(({ policyId, error }) => `${policyId}: ${worded(error)}`);
  return { allowed: decision === 'allow', ids: diagnostics.reason, errors };
}

interface Slot {
  readonly name: string;
  set: PolicySet | null;
}

/** One Cedar in memory of its own. It keeps a preparsed set under its name until another takes the name. */
interface Instance {
  readonly cedar: Cedar;
  /** The one asked longest ago comes first. */
  readonly slots: Slot[];
}

const SCHEMA = 'schema';
const TOO_DEEP = `is nested too deeply; write several policies, or [..].contains(..) for many alternatives`;

let running: Instance | null = null;

/**
 * A trap or an overflow of the stack leaves Cedar's own stack where it was, and after some of them nothing works any
 * more: that instance is given up, null is the answer, and the next call has a new one.
 */
function guarded<T>(work: (instance: Instance) => T): T | null {
  try {
    running ??= started();
    return work(running);
  } catch {
    running = null;
    return null;
  }
}

const require = createRequire(import.meta.url);

function started(): Instance {
  delete require.cache[require.resolve('@cedar-policy/cedar-wasm/nodejs')];
  const cedar = require('@cedar-policy/cedar-wasm/nodejs') as Cedar;
  must(cedar.preparseSchema(SCHEMA, CEDAR_SCHEMA));
  const slots = Array.from({ length: LIMITS.policySetsPreparsedMax }, (_, i) => ({
    name: `set${i}`,
    set: null,
  }));
  return { cedar, slots };
}

/** The name under which the set is preparsed now, in the place of the one asked longest ago if need be. */
function slotOf({ cedar, slots }: Instance, set: PolicySet): string {
  const index = Math.max(
    slots.findIndex((slot) => slot.set === set),
    0,
  );
  const [slot] = slots.splice(index, 1);
  if (slot === undefined) throw new Error('no slot for policies');
  slots.push(slot);
  if (slot.set !== set) {
    must(cedar.preparsePolicySet(slot.name, { staticPolicies: { ...set } }));
    slot.set = set;
  }
  return slot.name;
}

function must(answer: Wasm.CheckParseAnswer): void {
  if (answer.type === 'failure') throw new Error(answer.errors.map(worded).join('; '));
}

const MESSAGE_MAX_CHARS = 300;

/** Without the name we gave the text for the call. */
function worded({ message, help }: Wasm.DetailedError): string {
  const whole = help === null ? message : `${message}; ${help}`;
  return whole
    .replace(/^failed to parse policy[^:]*: /, '')
    .replaceAll(/\bfor policy `[^`]*`, /g, '')
    .slice(0, MESSAGE_MAX_CHARS);
}

function faultOf(error: Wasm.DetailedError, text: string): CedarFault {
  const [location] = error.sourceLocations ?? [];
  const label = location?.label ?? null;
  const message = label === null ? worded(error) : `${worded(error)}; ${label}`;
  return { message: message.slice(0, MESSAGE_MAX_CHARS), offset: indexOfByte(text, location?.start ?? 0) };
}

/** Cedar counts bytes of UTF-8. */
const indexOfByte = (text: string, byte: number): number =>
  Buffer.from(text, 'utf8').subarray(0, byte).toString('utf8').length;
