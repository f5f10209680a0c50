import { createRequire } from 'node:module';
import { setFlagsFromString } from 'node:v8';
import { compileFunction } from 'node:vm';
import { parsePolicies } from '../../../src/policy/cedar/parse.ts';
import type { CedarQuestion } from '../../../src/policy/cedar/policies.ts';
import { CEDAR_SCHEMA } from '../../../src/policy/cedar/schema.ts';
import { LITERALS, question, RULES } from './small-rules.ts';

/**
 * A process that does what V8 could not stand: calls into Cedar from several places, compiled with all optimisation,
 * and under way in one of them an assumption of that code turns out wrong. `unprotected` takes the flag away again.
 */
const [mode, rounds = '4500'] = process.argv.slice(2);
if (mode === 'unprotected') setFlagsFromString('--turbo-inline-js-wasm-calls');

const { policies } = parsePolicies(RULES, LITERALS);
if (policies === null) throw new Error('the rules of this test are not accepted');

const cedar = createRequire(import.meta.url)('@cedar-policy/cedar-wasm/nodejs');
cedar.preparseSchema('busy', CEDAR_SCHEMA);
cedar.preparsePolicySet('busy', { staticPolicies: { a: [...policies.rules.values()][0]?.text } });
const direct = (asked: CedarQuestion): boolean => {
  const { principal, action, resource, context, entities } = asked;
  const answer = cedar.statefulIsAuthorized({
    principal: { type: 'Person', id: principal },
    action: { type: 'Action', id: action },
    resource: { type: 'Entitlement', id: resource },
    context,
    entities,
    preparsedPolicySetId: 'busy',
    preparsedSchemaName: 'busy',
    validateRequest: true,
  });
  return answer.response.decision === 'allow';
};

type Ask = (asked: CedarQuestion) => boolean;
/** A function of its own each time, so that each is compiled by itself; it counts on `steady` never changing. */
const callSite = compileFunction('return (asked) => ask(asked) === (steady.count > 0)', [
  'ask',
  'steady',
]) as (ask: Ask, steady: { count: number }) => Ask;

let asked = 0;
let right = 0;
for (const ask of [direct, (each: CedarQuestion) => policies.ask(each).allowed]) {
  for (let place = 0; place < 3; place++) {
    const steady = { count: 1 };
    const site = callSite(ask, steady);
    let upset = false;
    // Cedar reads the context while it is being called: what happens here happens inside the call.
    const context = {
      ...question('request').context,
      get impact() {
        if (upset) steady.count++;
        return 1;
      },
    };
    for (let round = 0; round < Number(rounds); round++) {
      upset = round === Number(rounds) - 10;
      asked++;
      if (site({ ...question('request'), context })) right++;
    }
  }
}
process.stdout.write(`${right} of ${asked}\n`);
