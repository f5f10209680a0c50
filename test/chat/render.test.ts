import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { answerCard, helpCard, suggestCard } from '../../src/chat/answers.ts';
import { actions, bold, type Card, code, dateTime, quote, say, text } from '../../src/chat/card.ts';
import { actionValue } from '../../src/chat/intent.ts';
import { homeCard, listing, MESSAGE_ROOM } from '../../src/chat/listing.ts';
import { narrate } from '../../src/chat/narrate.ts';
import { formView } from '../../src/chat/slack/form.ts';
import { homeView } from '../../src/chat/slack/home.ts';
import { literal, mrkdwn, render } from '../../src/chat/slack/render.ts';
import { LIMITS } from '../../src/limits.ts';
import type { Notice } from '../../src/ports/chat.ts';
import type { PreviewLine } from '../../src/ports/intent.ts';
import type { ErasureView, RequestView } from '../../src/ports/view.ts';
import { refuseMessage } from '../../src/workspace/limits/message.ts';
import { viewProblems } from '../../src/workspace/limits/view.ts';
import { parseInline, pingsIn } from '../../src/workspace/mrkdwn.ts';
import {
  aBallot,
  ada,
  aHome,
  anActive,
  anExtending,
  aPreview,
  aRevoked,
  aTerms,
  aView,
  anErasure,
  bo,
  clear,
  EMPTY_DRAFT,
  everyTold,
  HOSTILE,
  NOW,
  REDACTED,
} from './samples.ts';

const reader = { account: { platform: 'slack', team: 'T0WORKSPACE', user: 'U0ADA' }, now: NOW } as const;

const problemsOf = (card: Card): unknown =>
  refuseMessage(
    { ...render(card), metadata: { event_type: 'countersign', event_payload: { key: 'k' } } } as never,
    {
      maxTextBytes: 4_000,
    },
  );

/** Everything as long as it may be, and hostile throughout. */
function aMonster(view: RequestView): RequestView {
  const long = hostile;
  const person = { ...ada, name: long(200) };
  const stages = Array.from({ length: LIMITS.stagesMax }, (_, index) => ({
    name: long(75),
    groupTitle: long(75),
    quorum: LIMITS.quorumMax,
    approvedBy: Array.from({ length: index === 0 ? 10 : 3 }, () => person),
    open: index === 1,
    openedTo: { g: long(75) },
    stuck: index === 1,
  }));
  const ballot = { ...view.ballot, stages };
  return {
    ...view,
    requester: person,
    entitlement: {
      ...view.entitlement,
      id: long(75),
      title: long(75),
      resourceTitle: long(75),
      environment: long(60),
      gives: long(5_000),
      privilege: 'build-time',
      consequences: Array.from({ length: 5 }, () => long(300)),
      parts: Array.from({ length: 10 }, () => long(75)),
    },
    dataOwner: person,
    impact: {
      score: 99,
      parts: Array.from({ length: 20 }, () => ({ factor: `environment:${long(60)}`, points: 5 })),
    },
    flagged: { code: long(200), at: NOW },
    justification: clear('&<>*`'.repeat(LIMITS.justificationMaxChars / 5)),
    ticket: clear(long(LIMITS.ticketMaxChars)),
    policy: { ids: Array.from({ length: 20 }, () => long(100)), digest: 'f'.repeat(64) },
    ballot,
    denialReason: view.denialReason && clear(long(LIMITS.reasonMaxChars)),
    failure: long(1_000),
    deniedBy: person,
    extension: view.extension && { ...view.extension, stages, by: person },
    revocation: view.revocation && {
      ...view.revocation,
      by: person,
      reason: clear(long(LIMITS.reasonMaxChars)),
    },
  };
}

/** The texts that Slack parses; plain text and the leaves of rich text it does not. */
function mrkdwnIn(value: unknown): string[] {
  if (Array.isArray(value)) return value.flatMap(mrkdwnIn);
  if (typeof value !== 'object' || value === null) return [];
  const own = 'type' in value && value.type === 'mrkdwn' && 'text' in value ? [String(value.text)] : [];
  return [...own, ...Object.values(value).flatMap(mrkdwnIn)];
}

const PHASES: readonly RequestView[] = [
  aView(),
  aView({ phase: 'approved', startAt: NOW + 3_600_000, approvedAt: NOW }),
  aView({ phase: 'provisioning', approvedAt: NOW }),
  anActive(),
  anExtending(),
  aRevoked(),
  aRevoked({ phase: 'revoking', closedAt: null }),
  aView({ phase: 'denied', deniedBy: bo, denialReason: clear('no'), closedAt: NOW }),
  aView({ phase: 'withdrawn', closedAt: NOW }),
  aView({ phase: 'lapsed', closedAt: NOW }),
  aView({ phase: 'failed', failure: 'unreachable', closedAt: NOW }),
];

const hostile = (chars: number): string => HOSTILE.repeat(Math.ceil(chars / HOSTILE.length)).slice(0, chars);

const ERASURES: readonly ErasureView[] = [
  anErasure(),
  anErasure({ phase: 'lapsed', goes: null, reason: REDACTED }),
  anErasure({ phase: 'erased', goes: null, erased: { by: bo, at: NOW, texts: 1 } }),
];
const aMonstrous = (view: ErasureView): ErasureView => ({
  ...view,
  person: { ...view.person, name: hostile(75) },
  by: { ...view.by, name: hostile(75) },
  reason: clear(hostile(LIMITS.reasonMaxChars)),
});

const everyLine = (text: string): readonly PreviewLine[] => [
  { kind: 'gives', text },
  { kind: 'includes', titles: Array.from({ length: 10 }, () => text) },
  { kind: 'build-time' },
  { kind: 'follows', texts: Array.from({ length: 5 }, () => text) },
  { kind: 'data-owner', person: { ...ada, name: text } },
  { kind: 'impact', impact: { score: 9, parts: [{ factor: `environment:${text}`, points: 9 }] } },
  { kind: 'asks', stage: text, group: text, quorum: 1, people: [ada] },
  { kind: 'automatic', rule: text },
  { kind: 'starts', at: NOW },
  { kind: 'ends-after', durationMs: 1 },
  { kind: 'lapses-after', ms: 1 },
];

function everyNotice(): Notice[] {
  const erasures = [...ERASURES, ...ERASURES.map(aMonstrous)];
  const ofLog = erasures.map((view): Notice => ({ kind: 'erasure-card', view }));
  const ofRequests = [...PHASES, ...PHASES.map(aMonster)].flatMap((view): Notice[] => [
    { kind: 'request-card', view },
    { kind: 'request-card', view, standInFor: { ...ada, name: hostile(75) } },
    ...everyTold().flatMap((told): Notice[] => [
      { kind: 'thread-post', view, told },
      { kind: 'requester-note', view, told, live: true },
    ]),
  ]);
  return [...ofRequests, ...ofLog];
}

describe('what Slack would take', () => {
  it('takes every card of every notice, however long and hostile its texts are', () => {
    for (const notice of everyNotice()) {
      const card = narrate(notice);
      expect(problemsOf(card), JSON.stringify(card).slice(0, 300)).toBeUndefined();
    }
  });

  it('takes every answer', () => {
    const monsters = PHASES.map(aMonster);
    const home = aHome({ mine: monsters, waitingForMe: monsters, recent: monsters });
    const cards = [
      helpCard(),
      helpCard(say`What is ${HOSTILE}?`),
      suggestCard('orders-db:raed', []),
      listing(home, NOW, MESSAGE_ROOM),
      ...monsters.map((view) => answerCard({ kind: 'shown', view }, reader)),
      ...monsters.map((view) => answerCard({ kind: 'done', what: 'submit', view }, reader)),
    ];
    for (const card of cards) expect(problemsOf(card), card.summary).toBeUndefined();
  });

  it('takes every home, as full as it gets', () => {
    const monsters = Array.from({ length: 60 }, () => aMonster(aView()));
    const home = aHome({ mine: monsters, waitingForMe: monsters, recent: monsters });
    expect(viewProblems(homeView(home, NOW), 'home')).toEqual([]);
    expect(homeCard(home, NOW).blocks.length).toBeLessThan(100);
    expect(viewProblems(homeView(aHome({ mine: [], recent: [] }), NOW), 'home')).toEqual([]);
  });

  it('takes the form, empty and full', () => {
    const draft = {
      ...EMPTY_DRAFT,
      entitlement: 'orders-db:read',
      duration: '3600000',
      justification: HOSTILE,
      ticket: 'X',
      startAt: NOW,
    };
    const terms = aTerms({
      description: 'x'.repeat(500),
      justification: { template: 't'.repeat(500), minimumLength: 1_000 },
    });
    for (const view of [
      formView(EMPTY_DRAFT, aPreview(EMPTY_DRAFT), reader.account),
      formView(draft, aPreview(draft, terms), reader.account, say`${HOSTILE}`),
      formView(
        draft,
        { terms: null, refusal: { code: 'unknown-entitlement', entitlement: HOSTILE }, lines: [] },
        reader.account,
      ),
      formView(
        draft,
        { terms, refusal: { code: 'forbidden', rule: HOSTILE, says: HOSTILE }, lines: [] },
        reader.account,
      ),
      formView(draft, { terms, refusal: null, lines: everyLine(hostile(500)) }, reader.account),
    ])
      expect(viewProblems(view, 'modal')).toEqual([]);
  });
});

describe('what people typed', () => {
  it('never pings, links or formats, wherever it stands', () => {
    for (const notice of everyNotice()) {
      const { text: fallback, blocks } = render(narrate(notice));
      expect(pingsIn(fallback)).toEqual([]);
      for (const parsed of mrkdwnIn(blocks)) {
        expect(pingsIn(parsed)).toEqual([]);
        expect(parsed).not.toContain('<http');
      }
      expect(JSON.stringify(blocks)).not.toMatch(/"type":"(user|usergroup|broadcast|link|channel)"/);
    }
  });

  it('is shown whole and literally where an approver decides on it', () => {
    const { blocks } = render(
      narrate({
        kind: 'request-card',
        view: aView({ justification: clear(HOSTILE.replaceAll('\u202E', '')) }),
      }),
    );
    const quoted = blocks.find((block) => block.type === 'rich_text');
    expect(JSON.stringify(quoted)).toContain(JSON.stringify(HOSTILE.replaceAll('\u202E', '')));
  });

  it('shows a justification of the greatest length to its last character', () => {
    const justification = `${'&'.repeat(LIMITS.justificationMaxChars - 3)}END`;
    const { blocks } = render(
      narrate({ kind: 'request-card', view: aView({ justification: clear(justification) }) }),
    );
    expect(JSON.stringify(blocks)).toContain(justification);
  });

  it('cannot format: no mark of it makes anything bold, italic, struck or code', () => {
    const alphabet = fc.constantFrom(
      '*',
      '_',
      '~',
      '`',
      ' ',
      'a',
      '<',
      '>',
      '&',
      '!',
      ':',
      '|',
      '\n',
      'é',
      '.',
    );
    fc.assert(
      fc.property(fc.array(alphabet, { maxLength: 30 }), (characters) => {
        const typed = characters.join('');
        const kinds = parseInline(mrkdwn(say`x ${typed} y`, 3_000)).map((inline) => inline.kind);
        expect(kinds.filter((kind) => kind !== 'text')).toEqual([]);
      }),
      { numRuns: 2_000 },
    );
  });

  it('cannot break out of bold or code', () => {
    const parsed = parseInline(mrkdwn(say`${bold('a* b *c')} and ${code('x` y `z')}`, 3_000));
    expect(parsed.map((inline) => inline.kind)).toEqual(['bold', 'text', 'code']);
  });

  it('keeps identifiers as they are', () => {
    expect(literal('orders_db:read_only')).toBe('orders_db:read_only');
  });

  it('shows a direction override as a replacement mark', () => {
    expect(literal('a\u202Eb')).toBe('a\uFFFDb');
  });

  it('is cut between characters, never inside an escape', () => {
    for (let room = 5; room < 40; room += 1) {
      const cut = mrkdwn(say`${'&😀'.repeat(20)}`, room);
      expect(cut.length).toBeLessThanOrEqual(room);
      expect(cut.replaceAll('&amp;', '').replaceAll('😀', '')).toBe('…');
    }
  });
});

describe('a rendered card', () => {
  it('tells times in the zone of whoever reads, with UTC for clients that cannot', () => {
    const { blocks } = render({ summary: 's', blocks: [text(say`${dateTime(NOW)}`)] });
    expect(blocks).toEqual([
      {
        type: 'section',
        text: {
          type: 'mrkdwn',
          text: `<!date^${NOW / 1_000}^{date_short_pretty} at {time}|20 Nov 2026, 18:00 UTC>`,
          verbatim: true,
        },
      },
    ]);
  });

  it('has its fallback text escaped: it is what notifications show', () => {
    expect(render({ summary: HOSTILE, blocks: [quote('x')] }).text).not.toMatch(/[<>]/);
  });

  it('carries ids in its buttons, and no state', () => {
    const value = actionValue({ request: aView().id, shown: aBallot().shown });
    const { blocks } = render(narrate({ kind: 'request-card', view: aView() }));
    const buttons = blocks.flatMap((block) => (block.type === 'actions' ? block.elements : []));
    expect(buttons.map((each) => ('value' in each ? each.value : null))).toEqual([value, value, value]);
  });

  it('has no actions block where there is nothing to press', () => {
    expect(actions([])).toEqual([]);
  });
});
