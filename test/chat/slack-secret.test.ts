import { describe, expect, it } from 'vitest';
import { ACTION } from '../../src/chat/intent.ts';
import { Secret } from '../../src/ports/secret.ts';
import { anActive, aTold } from './samples.ts';
import { type Bench, startBench, textOf } from './slack-bench.ts';

describe('the secret', () => {
  const PASSWORD = 'correct-horse-battery-staple';
  const secret = () =>
    new Secret([
      { label: 'User', value: 'cs_ada' },
      { label: 'Password', value: PASSWORD },
    ]);
  const note = {
    kind: 'requester-note',
    view: anActive(),
    told: aTold('ExpiryWarned', { expiresAt: 1 }),
    live: true,
  } as const;

  async function revealing(bench: Bench) {
    const { chat } = bench.slack;
    const conversation = await chat.direct({ platform: 'slack', team: 'T0WORKSPACE', user: 'U0ADA' });
    await chat.post({ conversation, thread: null }, note, 'note');
    const ada = bench.workspace.as('U0ADA');
    const message = ada.dm().at(-1)!;
    return { ada, click: () => ada.click(message, ACTION.reveal) };
  }

  it('goes into its own dialog, and nowhere else', async () => {
    await using bench = await startBench();
    bench.core.on('reveal', () => ({ kind: 'secret', secret: secret(), view: anActive() }));
    const { ada, click } = await revealing(bench);
    await click();
    await bench.workspace.waitFor(() => textOf(ada.currentView()).includes(PASSWORD));
    expect(textOf(ada.currentView())).toContain('This is shown once.');
    const elsewhere = [ada.dm(), ada.ephemerals(), bench.workspace.history('C0ORDERS'), bench.logger.lines];
    expect(textOf(elsewhere)).not.toContain(PASSWORD);
    const carriers = bench.workspace.calls.filter((call) => textOf(call.args).includes(PASSWORD));
    expect(carriers.map((call) => call.method)).toEqual(['views.update']);
  });

  it('is not taken out when there is no dialog to show it in', async () => {
    await using bench = await startBench();
    bench.core.on('reveal', () => ({ kind: 'secret', secret: secret(), view: anActive() }));
    bench.workspace.faults.add({ method: 'views.open', times: 1, kind: 'error', status: 500 });
    const { ada, click } = await revealing(bench);
    await click();
    await bench.workspace.waitFor(() => textOf([ada.ephemerals(), ada.dm()]).includes('nothing was done'));
    await click();
    await bench.workspace.waitFor(() => textOf(ada.currentView()).includes(PASSWORD));
    expect(bench.core.of('reveal')).toHaveLength(1);
  });

  it('is shown after all when Slack stumbles, and is in no log line', async () => {
    await using bench = await startBench();
    bench.core.on('reveal', () => ({ kind: 'secret', secret: secret(), view: anActive() }));
    bench.workspace.faults.add({ method: 'views.update', times: 1, kind: 'lost-request' });
    const { ada, click } = await revealing(bench);
    await click();
    await bench.workspace.waitFor(() => textOf(ada.currentView()).includes(PASSWORD));
    expect(bench.logger.lines.join('\n')).not.toContain(PASSWORD);
    expect(bench.logger.lines.join('\n')).toContain('could not be updated');
  });

  it('says why when there is none any more', async () => {
    await using bench = await startBench();
    bench.core.on('reveal', () => ({
      kind: 'refused',
      refusal: { code: 'secret-gone', secret: 'revealed' },
      view: anActive(),
    }));
    const { ada, click } = await revealing(bench);
    await click();
    await bench.workspace.waitFor(() => textOf(ada.currentView()).includes('it is shown only once'));
  });
});
