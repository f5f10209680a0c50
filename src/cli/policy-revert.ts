import { loadConfig } from '../config.ts';
import { folded, print } from './io.ts';
import { giveOrder, refusalOf } from './orders.ts';

interface RevertOptions {
  readonly as: string;
  readonly reason: string;
}

/** `countersign policy revert`: earlier rules, until the folder says something new. */
export async function policyRevert(version: string, { as, reason }: RevertOptions): Promise<void> {
  const answer = await giveOrder(loadConfig(), { order: 'revert-rules', as, version, reason });
  if (answer.kind === 'refused') throw refusalOf(answer);
  if (answer.kind !== 'reverted') throw new Error(`${answer.kind} is no answer to a revert`);
  const [now, before] = [answer.digest.slice(0, 12), answer.previous.slice(0, 12)];
  print(
    folded(
      `In force: ${now}, instead of ${before}. They stay until the folder of rules says something else; what was granted is being held against them.`,
      80,
    ),
  );
}
