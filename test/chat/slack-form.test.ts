import { describe, expect, it } from 'vitest';
import { ACTION } from '../../src/chat/intent.ts';
import type { PreviewLine } from '../../src/ports/intent.ts';
import { aPreview, aTerms, aView, bo, EMPTY_DRAFT, HOUR, ID } from './samples.ts';
import { aGate, startBench, textOf } from './slack-bench.ts';

describe('the form', () => {
  it('takes the template of what is chosen, and keeps what someone wrote when they choose again', async () => {
    await using bench = await startBench();
    const { core, workspace } = bench;
    const ada = workspace.as('U0ADA');
    const termsOf = (id: string) =>
      aTerms({
        entitlement: { ...aTerms().entitlement, id },
        justification: { template: `Template of ${id}`, minimumLength: 1 },
      });
    core.on('preview', ({ draft }) => ({
      kind: 'form',
      draft,
      preview: aPreview(draft, termsOf(draft.entitlement ?? '')),
    }));
    core.on('search', ({ query }) => ({
      kind: 'offers',
      offers: [{ entitlement: query, title: query, resourceTitle: query, reason: null }],
    }));
    await ada.command('C0ORDERS', '/elevate', '');
    await workspace.waitFor(() => ada.currentView());
    const justification = () => {
      const view = ada.currentView();
      return view ? ada.values(view) : null;
    };
    const shows = (words: string) => workspace.waitFor(() => textOf(justification()).includes(words));
    await ada.fill(ACTION.entitlement, 'a:read');
    await shows('Template of a:read');
    await ada.fill(ACTION.entitlement, 'b:read');
    await shows('Template of b:read');
    await ada.fill(ACTION.justification, 'my own words');
    await ada.fill(ACTION.entitlement, 'c:read');
    await workspace.waitFor(() => textOf(ada.currentView()).includes('justification:c:read'));
    await shows('my own words');
  });

  it('shows the newest choice though an older one was shown in between', async () => {
    await using bench = await startBench();
    const { workspace } = bench;
    const ada = workspace.as('U0ADA');
    await ada.command('C0ORDERS', '/elevate', 'orders-db:read');
    await workspace.waitFor(() => ada.currentView());
    workspace.faults.add({ method: 'views.update', times: 1, kind: 'slack-error', error: 'hash_conflict' });
    await ada.fill(ACTION.duration, String(HOUR));
    await workspace.waitFor(() => textOf(ada.currentView()).includes('It ends by itself after'));
  });

  it('says inline why a choice is not for this person', async () => {
    await using bench = await startBench();
    const { core, workspace } = bench;
    core.on('open-form', () => ({
      kind: 'form',
      draft: { ...EMPTY_DRAFT, entitlement: 'payroll:admin' },
      preview: {
        terms: null,
        refusal: { code: 'not-eligible', entitlement: 'payroll:admin', groups: ['finance'] },
        lines: [],
      },
    }));
    const ada = workspace.as('U0ADA');
    await ada.command('C0ORDERS', '/elevate', 'payroll:admin');
    const view = await workspace.waitFor(() => ada.currentView());
    expect(textOf(view)).toContain("*You can't ask for this one.* Your groups don't include this.");
    expect(textOf(view)).not.toContain('finance');
  });

  it('keeps its fields where a rule forbids it as it is, and says so in the rule’s words', async () => {
    await using bench = await startBench();
    const { core, workspace } = bench;
    const draft = { ...EMPTY_DRAFT, entitlement: 'orders-db:read' };
    const refusal = { code: 'forbidden', rule: 'forbid.freeze', says: 'Frozen until 7 January.' } as const;
    core.on('open-form', () => ({ kind: 'form', draft, preview: { ...aPreview(draft), refusal } }));
    const ada = workspace.as('U0ADA');
    await ada.command('C0ORDERS', '/elevate', 'orders-db:read');
    const view = await workspace.waitFor(() => ada.currentView());
    expect(textOf(view)).toContain("*You can't ask for this as it is.* Frozen until 7 January.");
    expect(textOf(view)).toContain('Start later');
    expect(textOf(view)).not.toContain('What will happen');
  });

  it('tells what it weighs, what follows, what is in it and who answers for the data', async () => {
    await using bench = await startBench();
    const { core, workspace } = bench;
    const draft = { ...EMPTY_DRAFT, entitlement: 'orders-db:read' };
    const lines: readonly PreviewLine[] = [
      { kind: 'includes', titles: ['Read orders', 'Read receipts'] },
      { kind: 'build-time' },
      { kind: 'follows', texts: ['Customers see it.'] },
      { kind: 'data-owner', person: bo },
      { kind: 'impact', impact: { score: 4, parts: [{ factor: 'classification:restricted', points: 4 }] } },
    ];
    core.on('open-form', () => ({ kind: 'form', draft, preview: { ...aPreview(draft), lines } }));
    const ada = workspace.as('U0ADA');
    await ada.command('C0ORDERS', '/elevate', 'orders-db:read');
    const view = textOf(await workspace.waitFor(() => ada.currentView()));
    for (const words of [
      'It includes: Read orders, Read receipts',
      'A build-time privilege',
      '• Customers see it.',
      '*Bo Diddley* answers for the data',
      'Impact *4*: restricted data +4',
    ])
      expect(view).toContain(words);
  });

  it('shows above the form what belongs under no field, and keeps what was typed', async () => {
    await using bench = await startBench();
    const { core, workspace } = bench;
    core.on('submit', () => ({
      kind: 'field-errors',
      errors: {},
      general: { code: 'already-asked', request: ID },
    }));
    const ada = workspace.as('U0ADA');
    await ada.command('C0ORDERS', '/elevate', 'orders-db:read');
    await workspace.waitFor(() => ada.currentView());
    const outcome = await ada.submitView({
      [ACTION.duration]: String(HOUR),
      [ACTION.justification]: 'kept words',
    });
    expect(outcome).toMatchObject({ ok: true, view: 'updated' });
    const view = ada.currentView()!;
    expect(textOf(view.blocks)).toContain('You have already asked for this');
    expect(textOf(ada.values(view))).toContain('kept words');
  });

  it('is there at once even when looking things up is slow: first empty, then filled', async () => {
    await using bench = await startBench();
    const { core, workspace } = bench;
    const gate = aGate();
    core.on('open-form', async () => {
      await gate.opened;
      return { kind: 'form', draft: EMPTY_DRAFT, preview: aPreview(EMPTY_DRAFT) };
    });
    const ada = workspace.as('U0ADA');
    const outcome = await ada.command('C0ORDERS', '/elevate', '');
    expect(outcome.ok).toBe(true);
    await workspace.waitFor(() => textOf(ada.currentView()).includes('One moment'));
    gate.open();
    await workspace.waitFor(() => textOf(ada.currentView()).includes('What do you need?'));
  });

  it('is acknowledged in time when the core is slow, and shows the outcome afterwards', async () => {
    await using bench = await startBench();
    const { core, workspace } = bench;
    const gate = aGate();
    core.on('submit', async () => {
      await gate.opened;
      return { kind: 'done', what: 'submit', view: aView() };
    });
    const ada = workspace.as('U0ADA');
    await ada.command('C0ORDERS', '/elevate', 'orders-db:read');
    await workspace.waitFor(() => ada.currentView());
    const outcome = await ada.submitView({
      [ACTION.duration]: String(HOUR),
      [ACTION.justification]: 'words',
    });
    expect(outcome).toMatchObject({ ok: true, view: 'updated' });
    expect(textOf(ada.currentView())).toContain('Still working on it');
    gate.open();
    await workspace.waitFor(() => textOf(ada.currentView()).includes('Asked for'));
  });

  it('tells the person when Slack will not open it', async () => {
    await using bench = await startBench();
    bench.workspace.faults.add({
      method: 'views.open',
      times: 1,
      kind: 'slack-error',
      error: 'expired_trigger_id',
    });
    const ada = bench.workspace.as('U0ADA');
    await ada.command('C0ORDERS', '/elevate', '');
    await bench.workspace.waitFor(() =>
      textOf(ada.ephemerals()).includes("Slack didn't let me open that in time"),
    );
  });
});
