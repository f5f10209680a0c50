import { expect, it } from 'vitest';
import { answerCard } from '../../src/chat/answers.ts';
import { link, plain, say } from '../../src/chat/card.ts';
import { ACTION, parseTarget } from '../../src/chat/intent.ts';
import { mrkdwn, render } from '../../src/chat/slack/render.ts';
import type { AccountRef } from '../../src/ports/directory.ts';
import { aRevoked, aView, ID, NOW, SHOWN, TEAM } from '../chat/samples.ts';

const AUDITOR: AccountRef = { platform: 'slack', team: TEAM, user: 'U0HANA' };
const reader = { account: AUDITOR, now: NOW };

const buttonsOf = (card: ReturnType<typeof answerCard>) =>
  card.blocks.flatMap((block) => (block.kind === 'actions' ? block.actions : []));

it('an auditor who is shown a request has a button for its evidence, in any phase', () => {
  for (const view of [aView(), aRevoked()]) {
    const [button, ...more] = buttonsOf(answerCard({ kind: 'shown', view, evidence: true }, reader));
    expect(button).toMatchObject({ id: ACTION.evidence, label: 'Evidence' });
    expect(parseTarget(button?.value)).toEqual({ request: ID, shown: SHOWN });
    expect(more).toEqual([]);
  }
});

it('nobody else has it; a requester who is an auditor has it beside their own', () => {
  const view = aView();
  expect(buttonsOf(answerCard({ kind: 'shown', view }, reader))).toEqual([]);
  expect(buttonsOf(answerCard({ kind: 'shown', view, evidence: false }, reader))).toEqual([]);
  const account = view.requester.account!;
  const own = buttonsOf(answerCard({ kind: 'shown', view, evidence: true }, { account, now: NOW }));
  expect(own.map(({ id }) => id)).toEqual([ACTION.withdraw, ACTION.evidence]);
});

it('the link is told with how long it is good, and that taking it is on record', () => {
  const url = 'https://access.example.com/evidence/abc_-123';
  const { text, blocks } = render(
    answerCard({ kind: 'evidence', request: ID, url, until: NOW + 300_000 }, reader),
  );
  const said = JSON.stringify(blocks);
  expect(said).toContain(`<${url}|open the download>`);
  expect(said).toContain(`<!date^${(NOW + 300_000) / 1_000}^{time}|18:05 UTC>`);
  expect(said).toContain('is on record');
  expect(text).not.toContain('abc_-123');
});

it('a link is one link, whatever is in its address or its words', () => {
  expect(mrkdwn(say`${link('a|b>c<d', 'https://x.test/a|b>c?d&e')}`, 500)).toBe(
    '<https://x.test/a%7Cb&gt;c?d&amp;e|a|b&gt;c&lt;d>',
  );
  expect(plain(say`see ${link('this', 'https://x.test')}`)).toBe('see this');
});
