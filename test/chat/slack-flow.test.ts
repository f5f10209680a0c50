import { describe, expect, it } from 'vitest';
import { ACTION } from '../../src/chat/intent.ts';
import {
  aBallot,
  aHome,
  anActive,
  anExtending,
  anErasure,
  aView,
  bo,
  EMPTY_DRAFT,
  ERASURE,
  EXTENSION_SHOWN,
  HOUR,
  ID,
  MIN,
  SHOWN,
  WHY,
} from './samples.ts';
import { aGate, cardOf, messageOf, startBench, textOf } from './slack-bench.ts';

describe.each(['http', 'socket'] as const)('over %s', (mode) => {
  it('a command opens the form, an error stands under its field, and a good submission is confirmed', async () => {
    await using bench = await startBench({ mode });
    const { core, workspace } = bench;
    const ada = workspace.as('U0ADA');
    core.on('search', () => ({
      kind: 'offers',
      offers: [
        {
          entitlement: 'orders-db:read',
          title: 'Read orders',
          resourceTitle: 'Orders database',
          reason: null,
        },
        {
          entitlement: 'payroll:admin',
          title: 'Administer payroll',
          resourceTitle: 'Payroll',
          reason: { code: 'not-eligible', entitlement: 'payroll:admin', groups: ['finance'] },
        },
      ],
    }));
    expect((await ada.command('C0ORDERS', '/elevate', '')).ok).toBe(true);
    await workspace.waitFor(() => ada.currentView());
    const offered = await ada.options(ada.currentView()!, ACTION.entitlement, '');
    expect(textOf(offered)).toContain("Your groups don't include this");

    await ada.fill(ACTION.entitlement, 'orders-db:read');
    await workspace.waitFor(() => textOf(ada.currentView()).includes('What will happen'));
    await ada.fill(ACTION.duration, String(HOUR));
    await workspace.waitFor(() => textOf(ada.currentView()).includes('It ends by itself after'));

    core.on('submit', () => ({
      kind: 'field-errors',
      errors: { justification: { code: 'justification-untouched' } },
      general: null,
    }));
    const refused = await ada.submitView({});
    expect(refused.ok).toBe(false);
    expect(Object.values(ada.viewErrors() ?? {})).toEqual([
      'This is still the template. Fill in its blanks: your approvers decide on it.',
    ]);

    core.on('submit', () => ({ kind: 'done', what: 'submit', view: aView() }));
    const done = await ada.submitView({ [ACTION.justification]: 'INC-123 stuck orders' });
    expect(done).toMatchObject({ ok: true, view: 'updated' });
    expect(core.of('submit').at(-1)?.draft).toEqual({
      entitlement: 'orders-db:read',
      duration: String(HOUR),
      justification: 'INC-123 stuck orders',
      ticket: null,
      startAt: null,
    });
    expect(core.asked.at(-1)?.actor.account).toEqual({
      platform: 'slack',
      team: 'T0WORKSPACE',
      user: 'U0ADA',
    });
    expect(textOf(ada.currentView())).toContain('Asked for');
  });

  it('a click is carried out once, with what its reader was shown, by who clicked', async () => {
    await using bench = await startBench({ mode });
    bench.core.on('approve', () => ({ kind: 'done', what: 'approve', view: aView() }));
    const { person, message } = await cardOf(bench, 'U0BO', aView());
    const outcome = await person.click(message, ACTION.approve);
    expect(outcome.ok).toBe(true);
    expect(bench.core.asked).toEqual([
      {
        actor: { account: { platform: 'slack', team: 'T0WORKSPACE', user: 'U0BO' }, zone: null },
        intent: { kind: 'approve', request: ID, shown: SHOWN, shortenToMs: null, comment: null },
      },
    ]);
  });

  it('a delivery that comes again does nothing more', async () => {
    await using bench = await startBench({ mode });
    bench.core.on('approve', () => ({ kind: 'done', what: 'approve', view: aView() }));
    const { person, message } = await cardOf(bench, 'U0BO', aView());
    bench.workspace.faults.add({ delivery: 'interaction', kind: 'redeliver' });
    await person.click(message, ACTION.approve);
    await bench.workspace.waitFor(
      () => bench.workspace.deliveries.filter((d) => d.kind === 'interaction').length >= 2,
    );
    expect(bench.core.of('approve')).toHaveLength(1);
  });

  it('a click is answered even when the core breaks its promise and throws', async () => {
    await using bench = await startBench({ mode });
    bench.core.on('approve', () => {
      throw new Error('the core broke');
    });
    const { person, message } = await cardOf(bench, 'U0BO', aView());
    expect((await person.click(message, ACTION.approve)).ok).toBe(true);
    await bench.workspace.waitFor(() => textOf(person.ephemerals()).includes('Something broke on my side'));
  });

  it('a refused click is explained to who clicked, and to nobody else', async () => {
    await using bench = await startBench({ mode });
    bench.core.on('approve', () => ({ kind: 'refused', refusal: { code: 'own-request' }, view: aView() }));
    const { person, message } = await cardOf(bench, 'U0ADA', aView());
    await person.click(message, ACTION.approve);
    const [told] = await bench.workspace.waitFor(() =>
      person.ephemerals('C0ORDERS').length > 0 ? person.ephemerals('C0ORDERS') : null,
    );
    expect(textOf(told)).toContain("You asked for this, so you can't decide on it.");
    expect(textOf(told)).toContain('*Database admins* has to');
    expect(bench.workspace.as('U0BO').ephemerals('C0ORDERS')).toEqual([]);
  });
});

describe('a typed command', () => {
  it('asks at once and answers its author alone', async () => {
    await using bench = await startBench();
    bench.core.on('submit', () => ({ kind: 'done', what: 'submit', view: aView() }));
    const ada = bench.workspace.as('U0ADA');
    await ada.command('C0ORDERS', '/elevate', 'orders-db:read 1h “INC-123 a < b & <!channel>”');
    const [told] = await bench.workspace.waitFor(() =>
      ada.ephemerals().length > 0 ? ada.ephemerals() : null,
    );
    expect(told?.pings).toEqual([]);
    expect(bench.core.of('submit')[0]?.draft).toEqual({
      ...EMPTY_DRAFT,
      entitlement: 'orders-db:read',
      duration: String(HOUR),
      justification: 'INC-123 a < b & <!channel>',
      ticket: 'INC-123',
    });
  });

  it('suggests what an unknown entitlement may have meant', async () => {
    await using bench = await startBench();
    const { core, workspace } = bench;
    core.on('submit', ({ draft }) => ({
      kind: 'field-errors',
      errors: { entitlement: { code: 'unknown-entitlement', entitlement: draft.entitlement ?? '' } },
      general: null,
    }));
    core.on('search', () => ({
      kind: 'offers',
      offers: [
        { entitlement: 'orders-db:read', title: 'Read orders', resourceTitle: 'Orders', reason: null },
        { entitlement: 'payroll:admin', title: 'Payroll', resourceTitle: 'Payroll', reason: null },
      ],
    }));
    const ada = workspace.as('U0ADA');
    await ada.command('C0ORDERS', '/elevate', 'orders-db:raed 1h because of INC-123');
    const [told] = await workspace.waitFor(() => (ada.ephemerals().length > 0 ? ada.ephemerals() : null));
    expect(textOf(told)).toContain('Did you mean');
    expect(textOf(told)).toContain('orders-db:read');
    expect(textOf(told)).not.toContain('payroll');
  });

  it.each(['mine', 'help', 'who orders-db:read', 'dance'])('answers /elevate %s', async (text) => {
    await using bench = await startBench();
    bench.core.on('who', () => ({
      kind: 'who',
      entitlement: { id: 'orders-db:read', title: 'Read orders' },
      holders: [anActive()],
      approvers: [{ stage: 'owner', group: 'Orders owners', quorum: 1, people: [bo] }],
    }));
    const ada = bench.workspace.as('U0ADA');
    expect((await ada.command('C0ORDERS', '/elevate', text)).ok).toBe(true);
    await bench.workspace.waitFor(() => ada.ephemerals().length > 0);
  });

  it('answers later when it takes longer than Slack waits', async () => {
    await using bench = await startBench();
    const gate = aGate();
    bench.core.on('done', async () => {
      await gate.opened;
      return { kind: 'done', what: 'done', view: anActive() };
    });
    const ada = bench.workspace.as('U0ADA');
    expect((await ada.command('C0ORDERS', '/elevate', 'done')).ok).toBe(true);
    expect(textOf(ada.ephemerals())).toContain('Still working on it');
    gate.open();
    await bench.workspace.waitFor(() => textOf(ada.ephemerals()).includes('is ending now'));
  });

  it('of another name is answered too', async () => {
    await using bench = await startBench();
    const ada = bench.workspace.as('U0ADA');
    expect((await ada.command('C0ORDERS', '/other', 'x')).ok).toBe(true);
    expect(textOf(ada.ephemerals())).toContain("I don't know that button or command");
  });
});

describe('the button that agrees to an erasure', () => {
  it('asks once more, carries the id of the proposal alone, and tells its presser what went', async () => {
    await using bench = await startBench();
    bench.core.on('approve-erasure', () => ({ kind: 'erased', texts: 15 }));
    const notice = { kind: 'erasure-card', view: anErasure() } as const;
    const { person, message } = await messageOf(bench, 'U0BO', notice);
    expect(textOf(message.blocks)).toContain('Erase for good?');
    await person.click(message, ACTION.agreeToErasure);
    await bench.workspace.waitFor(() => textOf(person.ephemerals()).includes('Erased: 15 texts'));
    expect(bench.core.of('approve-erasure')).toEqual([{ kind: 'approve-erasure', erasure: ERASURE }]);
  });

  it('that carries anything else means nothing', async () => {
    await using bench = await startBench();
    const notice = { kind: 'erasure-card', view: anErasure({ id: `${ERASURE}|${SHOWN}` }) } as const;
    const { person, message } = await messageOf(bench, 'U0BO', notice);
    await person.click(message, ACTION.agreeToErasure);
    await bench.workspace.waitFor(() => textOf(person.ephemerals()).includes("I don't know that button"));
    expect(bench.core.of('approve-erasure')).toEqual([]);
  });
});

describe('buttons that ask first', () => {
  it('a denial wants its reason, and says what it is about', async () => {
    await using bench = await startBench();
    const { core, workspace } = bench;
    core.on('show', () => ({ kind: 'shown', view: aView() }));
    core.on('deny', ({ reason }) =>
      reason === 'nope'
        ? { kind: 'refused', refusal: { code: 'reason-missing' }, view: aView() }
        : { kind: 'done', what: 'deny', view: aView() },
    );
    const { person, message } = await cardOf(bench, 'U0BO', aView());
    await person.click(message, ACTION.deny);
    const view = await workspace.waitFor(() => person.currentView());
    expect(textOf(view.blocks)).toContain('*Ada Lovelace* asks for *Read orders on Orders database*');
    expect(await person.submitView({ [ACTION.reason]: 'nope' })).toMatchObject({
      ok: false,
      errors: { reason: 'Please say why, in a few words.' },
    });
    expect(await person.submitView({ [ACTION.reason]: 'Use the replica.' })).toMatchObject({
      ok: true,
      view: 'closed',
    });
    expect(core.of('deny').at(-1)).toEqual({
      kind: 'deny',
      request: ID,
      shown: SHOWN,
      reason: 'Use the replica.',
    });
  });

  it('approving for less offers only what is less', async () => {
    await using bench = await startBench();
    const { core, workspace } = bench;
    core.on('show', () => ({ kind: 'shown', view: anExtending() }));
    core.on('approve', () => ({ kind: 'done', what: 'approve', view: anExtending() }));
    const { person, message } = await cardOf(bench, 'U0BO', anExtending());
    await person.click(message, ACTION.approveShorter);
    const view = await workspace.waitFor(() => person.currentView());
    expect(textOf(view.blocks)).toContain('"15 min"');
    expect(textOf(view.blocks)).not.toContain('"30 min"');
    await person.submitView({ [ACTION.shorter]: String(15 * MIN) });
    expect(core.of('approve')).toEqual([
      { kind: 'approve', request: ID, shown: EXTENSION_SHOWN, shortenToMs: 15 * MIN, comment: null },
    ]);
  });

  it('someone whom it does not concern hears so before they write anything', async () => {
    await using bench = await startBench();
    bench.core.on('show', () => ({ kind: 'refused', refusal: { code: 'no-such-request' }, view: null }));
    const { person, message } = await cardOf(bench, 'U0CLEO', aView());
    await person.click(message, ACTION.deny);
    const view = await bench.workspace.waitFor(() => person.currentView());
    expect(textOf(view.blocks)).toContain("This one isn't yours to decide.");
  });

  it('what the server refuses after all is said in the dialog', async () => {
    await using bench = await startBench();
    const { core, workspace } = bench;
    core.on('show', () => ({ kind: 'shown', view: anActive() }));
    core.on('revoke', () => ({
      kind: 'refused',
      refusal: { code: 'wrong-phase', action: 'revoke', phase: 'revoked' },
      view: null,
    }));
    const { person, message } = await cardOf(bench, 'U0BO', anActive());
    await person.click(message, ACTION.revoke);
    await workspace.waitFor(() => person.currentView());
    expect(await person.submitView({ [ACTION.reason]: 'over' })).toMatchObject({ ok: true, view: 'updated' });
    expect(textOf(person.currentView())).toContain("This request has ended, so it can't be revoked now.");
  });
});

describe('the home', () => {
  it('shows what someone has and what waits for them, and its buttons decide', async () => {
    await using bench = await startBench();
    const { core, workspace } = bench;
    const home = aHome({ waitingForMe: [aView({ requester: bo })] });
    core.on('home', () => ({ kind: 'home', home }));
    core.on('approve', () => ({ kind: 'done', what: 'approve', view: aView() }));
    const ada = workspace.as('U0ADA');
    await ada.openHome();
    const view = await workspace.waitFor(() => ada.home());
    expect(textOf(view)).toContain('Waiting for you');
    expect(textOf(view)).toContain(WHY);
    core.on('home', () => ({ kind: 'home', home: aHome() }));
    await ada.click(view, ACTION.approve);
    expect(core.of('approve')[0]).toMatchObject({ request: ID, shown: SHOWN });
    await workspace.waitFor(() => !textOf(ada.home()).includes('Waiting for you'));
  });

  it('tells a refused click in a dialog, having no channel', async () => {
    await using bench = await startBench();
    const { core, workspace } = bench;
    core.on('done', () => ({
      kind: 'refused',
      refusal: { code: 'wrong-phase', action: 'done', phase: 'revoked' },
      view: null,
    }));
    const ada = workspace.as('U0ADA');
    await ada.openHome();
    const view = await workspace.waitFor(() => ada.home());
    await ada.click(view, ACTION.done);
    await workspace.waitFor(() => textOf(ada.currentView()).includes("so it can't be ended now"));
  });

  it('opens the form from its button', async () => {
    await using bench = await startBench();
    const ada = bench.workspace.as('U0ADA');
    await ada.openHome();
    const view = await bench.workspace.waitFor(() => ada.home());
    await ada.click(view, ACTION.ask);
    await bench.workspace.waitFor(() => textOf(ada.currentView()).includes('What do you need?'));
  });
});

describe('what we do not know', () => {
  it('an old or forged button is answered and does nothing', async () => {
    await using bench = await startBench();
    const view = aView({ ballot: aBallot({ shown: 'not-a-digest' }) });
    const { person, message } = await cardOf(bench, 'U0BO', view);
    expect((await person.click(message, ACTION.approve)).ok).toBe(true);
    await bench.workspace.waitFor(() => textOf(person.ephemerals()).includes("I don't know that button"));
    expect(bench.core.asked).toEqual([]);
  });

  it('a shortcut is answered', async () => {
    await using bench = await startBench();
    const ada = bench.workspace.as('U0ADA');
    expect((await ada.shortcut('something-old')).ok).toBe(true);
    await bench.workspace.waitFor(() => textOf(ada.currentView()).includes("I don't know that button"));
  });
});
