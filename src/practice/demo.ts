import { streamOf } from '../domain/state.ts';
import { ACTION } from '../chat/intent.ts';
import type { StoredMessage as Message } from '../workspace/server.ts';
import { Desk, textOf } from './people.ts';
import { playRecord, type Slip } from './record.ts';
import { login, refusal, type Session } from './login.ts';
import { expect, Steps } from './steps.ts';
import type { World } from './world.ts';

const APPROVERS = 'db-approvals';
const ENTITLEMENT = 'practice-db:read';
/** Long enough to be read, short enough to be watched. */
const SHORT_MS = 10_000;

interface Cast {
  readonly ana: Desk;
  readonly ben: Desk;
  readonly cleo: Desk;
  readonly dev: Desk;
}

/** Plays a request's whole life, and three that end otherwise. Throws DemoFailure at the first step that fails. */
export async function playDemo(world: World, folder: string, steps: Steps): Promise<void> {
  const { workspace } = world;
  const cast: Cast = {
    ana: new Desk(workspace, 'U0ANA', 'Ana'),
    ben: new Desk(workspace, 'U0BEN', 'Ben'),
    cleo: new Desk(workspace, 'U0CLEO', 'Cleo'),
    dev: new Desk(workspace, 'U0DEV', 'Dev'),
  };
  steps.chapter('Asking');
  const card = await ask(cast, steps);
  steps.chapter('Consenting');
  await consent(cast, steps, card);
  steps.chapter('Using');
  const used = await use(cast, steps);
  steps.chapter('Ending, and proving it');
  await end(cast, steps, card, used);
  steps.chapter('Three that end otherwise');
  await deny(cast, steps);
  await withdraw(cast, steps);
  await endEarly(cast, steps);
  steps.chapter('The log proves itself');
  await playRecord(world, folder, await slipOf(world), steps);
}

async function ask({ ana }: Cast, steps: Steps): Promise<Message> {
  await steps.step('Ana types /elevate: the form opens', async () => {
    await ana.type('general', '');
    return ana.view('');
  });
  await steps.step(
    'Too short a reason is refused under its field',
    async () => {
      await ana.person.fill(ACTION.entitlement, ENTITLEMENT);
      await ana.view('What will happen');
      await ana.person.fill(ACTION.duration, String(SHORT_MS));
      const outcome = await ana.person.submitView({ [ACTION.justification]: 'x' });
      expect(!outcome.ok && outcome.problem === 'errors', 'an inline error');
      return Object.values(outcome.errors).join(' ');
    },
    (error) => `“${error}”`,
  );
  await steps.step('She says why, and sends it', async () => {
    const outcome = await ana.person.submitView({ [ACTION.justification]: WHY });
    expect(outcome.ok, 'the form to be accepted');
  });
  return steps.step(
    'The approvers see all they decide on, in #db-approvals',
    () => ana.message(APPROVERS, (text) => text.includes(WHY), 'the card'),
    (card) => firstLines(card, 1),
  );
}

const WHY = 'INC-4711: an order is missing from the export; I compare the tables';

async function consent({ ana, cleo, dev }: Cast, steps: Steps, card: Message): Promise<void> {
  await steps.step(
    'Ana tries to approve her own request: refused, on record',
    async () => {
      await ana.press(card, ACTION.approve);
      const told = await ana.whisper('');
      await cleo.reply(APPROVERS, card, 'was refused');
      return textOf(told);
    },
    (text) => `“${text.split('\n')[0]}”`,
  );
  await steps.step('Cleo approves: one of two, nothing is set up', async () => {
    await cleo.press(card, ACTION.approve);
    await ana.message(APPROVERS, (text) => text.includes('1 of 2'), 'the card at 1 of 2');
  });
  await steps.step('Cleo presses again: she counts once', async () => {
    await cleo.press(card, ACTION.approve);
    await cleo.whisper('already');
  });
  await steps.step(
    'Dev makes it two: the role is created and proven to work',
    async () => {
      await dev.press(card, ACTION.approve);
      return cleo.reply(APPROVERS, card, 'Granted');
    },
    (post) => firstLines(post, 1),
  );
}

interface Used {
  readonly url: string;
  readonly session: Session;
}

async function use({ ana, ben }: Cast, steps: Steps): Promise<Used> {
  const url = await steps.step('Ana reveals the credential, once', async () => {
    const note = await ana.note('You have access');
    return revealed(ana, note);
  });
  await steps.step('Nobody else can: Ben is not shown it', async () => {
    const texts = [...ben.person.messages(APPROVERS), ...ben.person.dm()].map(textOf).join('\n');
    expect(!texts.includes(new URL(url).password), 'the password in no message');
  });
  const session = await steps.step(
    'She logs in with it and reads a table',
    async () => {
      const opened = await login(url);
      const rows = await opened.rows('select count(*)::int as orders from orders');
      const refused = await opened.rows('delete from orders').catch((error: Error) => error.message);
      expect(typeof refused === 'string', 'a write to be refused');
      return { opened, rows, refused };
    },
    ({ rows, refused }) => `orders: ${String(rows[0]?.['orders'])}; to a delete the server says “${refused}”`,
  );
  return { url, session: session.opened };
}

async function revealed(desk: Desk, note: Message): Promise<string> {
  await desk.press(note, ACTION.reveal);
  const view = await desk.view('postgres://');
  const url = /postgres:\/\/\S+/.exec(textOf(view))?.[0];
  expect(url, 'a connection string in the dialog');
  await desk.person.closeView();
  return url;
}

async function end({ ana, cleo }: Cast, steps: Steps, card: Message, used: Used): Promise<void> {
  const warning = await steps.step(
    'Before the end she is warned',
    () => ana.note('Ending soon', { timeoutMs: 15_000 }),
    (note) => firstLines(note, 2),
  );
  await steps.step(
    'One click gives ten seconds more, as the policy allows',
    async () => {
      await ana.press(warning, ACTION.extend);
      return cleo.reply(APPROVERS, card, 'Extended');
    },
    (post) => firstLines(post, 1),
  );
  await steps.step(
    'Time is up: her open session is ended by the server',
    () => used.session.ended,
    (words) => `“${words}”`,
  );
  await steps.step(
    'A new login with the same secret is refused',
    async () => {
      const words = await refusal(used.url);
      expect(words !== null, 'the login to be refused');
      return words;
    },
    (words) => words,
  );
  await steps.step(
    'The thread tells it, with the proof read back from the target',
    () => cleo.reply(APPROVERS, card, 'Proven gone', 15_000),
    (post) => firstLines(post, 3),
  );
}

async function asked(desk: Desk, why: string): Promise<Message> {
  await desk.type('general', `${ENTITLEMENT} 30s "${why}"`);
  return desk.message(APPROVERS, (text) => text.includes(why), 'the card');
}

async function deny({ ben, cleo }: Cast, steps: Steps): Promise<void> {
  await steps.step(
    'Ben asks in one line; Cleo denies, and has to say why',
    async () => {
      const card = await asked(ben, SLIP);
      await cleo.press(card, ACTION.deny);
      await cleo.view('');
      await cleo.person.submitView({ [ACTION.reason]: 'Use the dashboard for that' });
      return ben.note('Denied', { since: card });
    },
    (note) => firstLines(note, 3),
  );
}

const SLIP = 'curious about last week';

/** Where Ben's careless reason lies: beside the submission of the request that was denied. */
async function slipOf({ bot }: World): Promise<Slip> {
  const [denied] = await bot.store.requests({ phases: ['denied'], limit: 1 });
  expect(denied, 'the denied request');
  const events = await bot.store.read(streamOf(denied.id));
  return { text: SLIP, index: events[0]?.meta.index ?? -1 };
}

async function withdraw({ ben }: Cast, steps: Steps): Promise<void> {
  await steps.step('Ben asks again and withdraws: the buttons go', async () => {
    const card = await asked(ben, 'to check the totals of week 46');
    await ben.type('general', 'withdraw');
    await ben.message(
      APPROVERS,
      (text, message) => message.ts === card.ts && text.includes('ithdrawn'),
      'the card to say so',
    );
  });
}

async function endEarly({ ana, cleo, dev }: Cast, steps: Steps): Promise<void> {
  await steps.step('Ana gets access again, and says “I’m done” early', async () => {
    const card = await asked(ana, 'the second half of the comparison');
    await cleo.press(card, ACTION.approve);
    await dev.press(card, ACTION.approve);
    await cleo.reply(APPROVERS, card, 'Granted');
    const note = await ana.note('You have access', { since: card });
    const url = await revealed(ana, note);
    expect((await refusal(url)) === null, 'the login to work before the end');
    await ana.type('general', 'done');
    await cleo.reply(APPROVERS, card, 'Proven gone', 15_000);
    expect((await refusal(url)) !== null, 'the login to be refused after it');
  });
}

const firstLines = (message: Message, count: number): string =>
  textOf(message).split('\n').filter(Boolean).slice(0, count).join(' ');
