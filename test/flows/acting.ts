import { expect } from 'vitest';
import { ACTION } from '../../src/chat/intent.ts';
import type { RequestId } from '../../src/domain/values.ts';
import { type Desk, textOf } from '../../src/practice/people.ts';
import type { StoredMessage } from '../../src/workspace/server.ts';
import { eventually, type Flow, idIn } from './world.ts';

export const APPROVERS = 'db-approvals';
export const SECURITY = 'security-approvals';

export interface Asked {
  readonly id: RequestId;
  readonly card: StoredMessage;
}

let count = 0;
/** A reason nobody has given before, so that its card is found by it. */
export const aReason = (): string => `INC-${4_000 + ++count}: comparing the totals of the week`;

/** Asks in one line; answers with the card that approvers see in `channel`. */
export async function ask(
  desk: Desk,
  { entitlement = 'practice-db:read', duration = '5m', why = aReason(), channel = APPROVERS } = {},
): Promise<Asked> {
  await desk.type('general', `${entitlement} ${duration} "${why}"`);
  const card = await desk.message(channel, (text) => text.includes(why), `the card of "${why}"`);
  return { id: idIn(textOf(card)), card };
}

export async function approveBoth({ people }: Flow, { card }: Asked): Promise<void> {
  await people.cleo.press(card, ACTION.approve);
  await people.dev.press(card, ACTION.approve);
}

/** Asked for, approved by Cleo and Dev, and set up. */
export async function granted(flow: Flow, desk: Desk, how: Parameters<typeof ask>[1] = {}): Promise<Asked> {
  const asked = await ask(desk, how);
  await approveBoth(flow, asked);
  await flow.until(asked.id, 'active');
  return asked;
}

/** Reveals through the newest note about it; answers with the secret's text. */
export async function reveal(desk: Desk, { id }: Asked): Promise<string> {
  const note = await noteOf(desk, id, 'You have access');
  await desk.press(note, ACTION.reveal);
  const view = await desk.view('shown once');
  const secret = /postgres:\/\/\S+|eyJ[\w-]+\.[\w-]+\.[\w-]+/.exec(textOf(view))?.[0];
  if (secret === undefined) throw new Error('no secret in the dialog');
  await desk.person.closeView();
  return secret;
}

/** The newest note to a person about one request that says `part`. */
export const noteOf = (desk: Desk, id: RequestId, part: string): Promise<StoredMessage> =>
  eventually(
    async () => desk.person.dm().findLast((one) => textOf(one).includes(id) && textOf(one).includes(part)),
    `a note to ${desk.name} about ${id} with "${part}"`,
  );

/** What a person is told, and they alone, because of what they did. */
export async function told(desk: Desk, act: () => Promise<unknown>): Promise<string> {
  const before = desk.person.ephemerals().length;
  await act();
  const said = await eventually(async () => desk.person.ephemerals()[before], `an answer to ${desk.name}`);
  return textOf(said);
}

/** The card as it stands now. */
export const cardNow = (desk: Desk, { card }: Asked, channel = APPROVERS): string =>
  textOf(desk.person.messages(channel).find((one) => one.ts === card.ts));

/** The texts of a request's thread, its card aside. */
export const threadOf = (desk: Desk, { card }: Asked, channel = APPROVERS): string[] =>
  desk.person
    .thread(channel, card.ts)
    .slice(1)
    .map((one) => textOf(one));

/** Every event of the request is in its thread, once, in the log's order, with its index and leaf. */
export async function expectToldOnce(flow: Flow, asked: Asked, channel = APPROVERS): Promise<void> {
  const events = await flow.events(asked.id);
  const marks = events.map(({ meta }) => `#${meta.index} · ${meta.leaf.slice(0, 8)}`);
  const inThread = () =>
    threadOf(flow.people.cleo, asked, channel).map((text) => /#\d+ · [0-9a-f]{8}/.exec(text)?.[0]);
  await eventually(async () => inThread().length >= marks.length, 'the thread to be complete');
  expect(inThread()).toEqual(marks);
}
