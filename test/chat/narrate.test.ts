import { describe, expect, it } from 'vitest';
import { type Block, type Card, plain } from '../../src/chat/card.ts';
import { HOME_ROOM, listing } from '../../src/chat/listing.ts';
import { narrate } from '../../src/chat/narrate.ts';
import { EVENTS } from '../../src/domain/events.ts';
import type { Phase } from '../../src/domain/state.ts';
import type { RequestView } from '../../src/ports/view.ts';
import {
  aBallot,
  ada,
  aHome,
  anActive,
  anExtending,
  aRevoked,
  aStage,
  aTold,
  aView,
  anErasure,
  bo,
  clear,
  cleo,
  dan,
  EXTENSION_SHOWN,
  everyTold,
  HOUR,
  MASKED,
  MIN,
  NOW,
  REDACTED,
  SHOWN,
  WHY,
} from './samples.ts';

/** A card as its reader has it, a line a block. */
const read = (card: Card): string => card.blocks.map(readBlock).join('\n');

function readBlock(block: Block): string {
  switch (block.kind) {
    case 'heading':
      return `# ${block.text}`;
    case 'text':
    case 'context':
      return plain(block.spans);
    case 'fields':
      return block.fields.map((each) => `${each.label}: ${plain(each.value).replace('\n', ' ')}`).join('\n');
    case 'quote':
      return `> ${block.text}`;
    case 'verbatim':
      return `${block.label}: ${block.text}`;
    case 'actions':
      return block.actions.map((each) => `[${each.label}]`).join(' ');
    case 'divider':
      return '---';
  }
}

const card = (view: RequestView): Card => narrate({ kind: 'request-card', view });
const buttons = (shown: Card) =>
  shown.blocks.flatMap((block) => (block.kind === 'actions' ? block.actions : []));
const labels = (shown: Card): string[] => buttons(shown).map((each) => each.label);

describe("the approvers' card", () => {
  it('shows everything they decide on', () => {
    expect(read(card(aView()))).toBe(
      [
        '# 🟡 Ada Lovelace asks for Read orders on Orders database',
        'Who: Ada Lovelace',
        'Where: production · 🟠 confidential',
        'What: Read orders on Orders database orders-db:read',
        'How long: 1 h, starting when approved',
        'It gives: SELECT on every table of schema orders',
        'Ticket: INC-123',
        'Why',
        '> INC-123: orders are stuck since 17:40, I have to see which ones.',
        'Asked to approve, one after the other',
        '✅ 1. Orders owners  ·  1 of 1  ·  ✓ Bo Diddley',
        '⬜ 2. Database admins  ·  1 of 2  ·  ✓ Cleo Chen',
        '⏳ Lapses 20 Nov 2026, 22:00 UTC if nobody has decided by then.',
        '[Approve] [Approve shorter…] [Deny…]',
        'Rules: orders-db:read/stages  ·  Asked 20 Nov 2026, 18:00 UTC  ·  req_7k3m9q2x5vtb',
      ].join('\n'),
    );
  });

  it('says of a stage that is not open yet what it waits for', () => {
    const [owners, admins] = aBallot().stages;
    const stages = [
      { ...owners!, approvedBy: [], open: true },
      { ...admins!, approvedBy: [], open: false },
    ];
    expect(read(card(aView({ ballot: aBallot({ stages }) })))).toContain(
      '⏸️ 2. Database admins  ·  0 of 2  ·  after the step before',
    );
  });

  it('shows when a scheduled request starts', () => {
    expect(read(card(aView({ startAt: NOW + HOUR })))).toContain(
      'How long: 1 h, starting 20 Nov 2026, 19:00 UTC',
    );
  });

  it('keeps a place for what its reader may not see, and for what is gone', () => {
    expect(read(card(aView({ justification: REDACTED, ticket: REDACTED })))).toMatch(
      /\(redacted\)[^]*\(redacted\)/,
    );
    expect(read(card(aView({ justification: MASKED, ticket: null })))).toContain('(masked)');
  });

  it('names who decided, and when, once it is decided', () => {
    const denied = card(
      aView({ phase: 'denied', deniedBy: bo, denialReason: clear('Use the replica.'), closedAt: NOW }),
    );
    expect(read(denied)).toContain('⛔ Denied by Bo Diddley, 20 Nov 2026, 18:00 UTC\n> Use the replica.');
    expect(read(card(anActive()))).toContain(
      '👍 Approved by Bo Diddley, Cleo Chen and Dan Okafor, 20 Nov 2026, 18:05 UTC.\n🟢 Active until 20 Nov 2026, 19:05 UTC',
    );
  });

  it('names someone once who stands in two groups', () => {
    const stages = aBallot().stages.map((stage) => ({ ...stage, approvedBy: [cleo] }));
    expect(read(card(anActive({ ballot: aBallot({ stages }) })))).toContain('Approved by Cleo Chen, ');
  });

  it('names the rule when nobody was asked', () => {
    const ballot = aBallot({ stages: [], autoApprovedBy: 'staging-read' });
    expect(read(card(anActive({ ballot })))).toContain('⚡ Approved by rule staging-read; nobody is asked');
  });

  it('ends with the proof', () => {
    expect(read(card(aRevoked()))).toContain(
      [
        '🔒 Ended 20 Nov 2026, 19:06 UTC: its time was up. 1 open session closed.',
        '✅ Proven gone: the credential is gone, a fresh login was refused, no session is left.',
      ].join('\n'),
    );
  });

  it('does not say it is gone before that is proven, and raises its voice when it takes long', () => {
    const { revocation } = aRevoked();
    const stuck = {
      ...revocation!,
      trigger: 'revoked',
      by: dan,
      reason: clear('Over.'),
      proof: null,
      attempts: 3,
      escalated: true,
      nextAttemptAt: NOW,
    } as const;
    const shown = read(card(aRevoked({ phase: 'revoking', closedAt: null, revocation: stuck })));
    expect(shown).toContain(
      '🧹 Being removed: Dan Okafor revoked it. 1 open session closed.\n> Over.\n🚨 Not proven gone yet after 3 tries.',
    );
    expect(shown).not.toContain('Proven gone:');
  });

  it('does not hide a proof that failed', () => {
    const { revocation } = aRevoked();
    const proof = { ...revocation!.proof!, loginRefused: 'no', absent: false, liveSessions: 2 } as const;
    expect(read(card(aRevoked({ revocation: { ...revocation!, proof } })))).toContain(
      'the credential is still there, a fresh login still worked, 2 sessions are left',
    );
  });

  it('asks about an extension with buttons of its own, which carry what it shows', () => {
    const shown = card(anExtending());
    expect(read(shown)).toContain('⏩ Ada Lovelace asks for 30 min more');
    expect(labels(shown)).toEqual(['Approve extension', 'Approve shorter…', 'Deny extension…', 'Revoke…']);
    const carried = buttons(shown).map((each) => each.value.split('|')[1]);
    expect(carried).toEqual([EXTENSION_SHOWN, EXTENSION_SHOWN, EXTENSION_SHOWN, SHOWN]);
  });

  it.each<[Phase, string[]]>([
    ['requested', ['Approve', 'Approve shorter…', 'Deny…']],
    ['approved', []],
    ['provisioning', ['Revoke…']],
    ['active', ['Revoke…']],
    ['revoking', []],
    ['revoked', []],
    ['denied', []],
    ['withdrawn', []],
    ['lapsed', []],
    ['failed', []],
  ])('has in phase %s the buttons that do something: %j', (phase, expected) => {
    expect(labels(card(anActive({ phase })))).toEqual(expected);
  });
});

describe('what there is to know of a request before deciding', () => {
  const { entitlement } = aView();

  it('is what it weighs and why', () => {
    const parts = [
      { factor: 'classification:restricted', points: 4 },
      { factor: 'environment:production', points: 2 },
      { factor: 'privilege:build-time', points: 1 },
      { factor: 'duration:8h', points: 1 },
      { factor: 'entitlement:orders-db:read', points: 1 },
    ];
    expect(read(card(aView({ impact: { score: 9, parts } })))).toContain(
      'Impact: 9: restricted data +4, production +2, build-time privilege +1, 8h long +1, orders-db:read +1',
    );
    expect(read(card(aView({ impact: { score: 0, parts: [] } })))).toContain('Impact: 0\n');
    expect(read(card(aView()))).not.toContain('Impact');
  });

  it('is what follows from it, what is in it, who answers for the data, and that it is build-time', () => {
    const shown = read(
      card(
        aView({
          dataOwner: bo,
          entitlement: {
            ...entitlement,
            privilege: 'build-time',
            consequences: ['Customers see what you deploy.', 'Statements are kept.'],
            parts: ['Read orders', 'Read receipts'],
          },
        }),
      ),
    );
    expect(shown).toContain(
      'What follows\n• Customers see what you deploy.\n• Statements are kept.\nWhy\n> ',
    );
    expect(shown).toContain('Includes: Read orders, Read receipts');
    expect(shown).toContain('Data owner: Bo Diddley');
    expect(shown).toContain('Where: production · 🟠 confidential · 🏗️ build-time');
  });

  it('is to which groups a stage was opened, and whether anybody is left', () => {
    const stages = [aStage({ openedTo: { security: 'Security' } }), aStage({ stuck: true })];
    const shown = read(card(aView({ ballot: aBallot({ stages, order: 'parallel' }) })));
    expect(shown).toContain('⬜ Database admins  ·  0 of 1 or Security');
    expect(shown).toContain('⬜ Database admins  ·  0 of 1  ·  🚨 nobody is left who could');
    const over = aView({ phase: 'lapsed', ballot: aBallot({ stages }) });
    expect(read(card(over))).not.toContain('nobody is left');
  });

  it('is in whose place someone approved', () => {
    const ballot = aBallot({ standIns: { [cleo.subject]: dan } });
    expect(read(card(aView({ ballot })))).toContain('✓ Cleo Chen for Dan Okafor');
    const told = aTold('ApprovalRecorded', {
      by: cleo.subject,
      stages: [1],
      shown: SHOWN,
      shortenToMs: null,
      policy: { ids: [], digest: '' },
      insteadOf: dan.subject,
    });
    expect(read(narrate({ kind: 'thread-post', view: aView(), told }))).toContain(
      'Cleo Chen approved for Database admins as stand-in for Dan Okafor.',
    );
  });

  it('is that today’s rules would not give it any more', () => {
    expect(read(card(anActive({ flagged: { code: 'not-eligible', at: NOW } })))).toContain(
      '🚩 The rules would not give this any more (not-eligible), seen 20 Nov 2026, 18:00 UTC.',
    );
  });
});

describe('a card to one who stands in for someone', () => {
  it('says so on the button that approves, for a request and for more time', () => {
    const first = (view: RequestView) => labels(narrate({ kind: 'request-card', view, standInFor: dan }))[0];
    expect(first(aView())).toBe('Approve as stand-in for Dan Okafor');
    expect(first(anExtending())).toBe('Approve extension as stand-in for Dan Okafor');
    expect(labels(narrate({ kind: 'request-card', view: aView(), standInFor: null }))[0]).toBe('Approve');
  });

  it('says so in their home too, of those requests alone', () => {
    const other = aView({ id: 'req_000000000002' });
    const home = aHome({ mine: [], waitingForMe: [aView(), other], standInFor: { [other.id]: dan } });
    const shown = labels(listing(home, NOW, HOME_ROOM)).filter((label) => /^Approve(?! shorter)/.test(label));
    expect(shown).toEqual(['Approve', 'Approve as stand-in for Dan Okafor']);
  });
});

describe('a post in the thread', () => {
  it('is one of each event, and ends with where it stands in the log', () => {
    const told = everyTold();
    expect(new Set(told.map((each) => each.type))).toEqual(new Set(Object.keys(EVENTS)));
    for (const each of told) {
      const post = narrate({ kind: 'thread-post', view: anExtending(), told: each });
      expect(read(post)).toMatch(/\n#12 · 3fa9c1d2$/);
      expect(read(post)).not.toMatch(/undefined|null|NaN|\[object/);
      expect(buttons(post)).toEqual([]);
      expect(post.summary).not.toBe('');
    }
  });

  it('reads as a story', () => {
    const story = everyTold().map(
      (told) => read(narrate({ kind: 'thread-post', view: anExtending(), told })).split('\n')[0],
    );
    expect(story).toMatchInlineSnapshot(`
      [
        "📝 Ada Lovelace asked for Read orders on Orders database for 1 h. Asked: Orders owners (1) and Database admins (2).",
        "🔔 Still waiting for a decision. It lapses 20 Nov 2026, 22:00 UTC.",
        "🚫 Ada Lovelace tried to approve it and was refused: nobody decides on their own request.",
        "✅ Cleo Chen approved for Database admins, for 30 min only.",
        "👍 Approved by Bo Diddley and Cleo Chen, for 1 h.",
        "⛔ Cleo Chen denied it:",
        "↩️ Ada Lovelace withdrew it.",
        "⌛ It lapsed: nobody decided in time.",
        "📣 Database admins has not decided yet, so on-call may as well now. As many must agree as before.",
        "📣 Nobody is left in Database admins who could decide, so on-call may as well now. As many must agree as before.",
        "🚨 Nobody can approve this: nobody is left in Database admins who could. Dan Okafor, please mend the group.",
        "⚠️ The consent of Bo Diddley no longer counts: they may not give it any more.",
        "⚠️ It was approved, but the rules no longer allow it (not-eligible). Nothing was set up.",
        "⚙️ Setting up cs_ada_7k3m9q2x5vtb_1, to end 20 Nov 2026, 19:00 UTC.",
        "⚠️ Setting it up failed: the target can't be reached (try 2). Next try 18:01 UTC.",
        "🟢 Granted until 20 Nov 2026, 19:00 UTC. Fingerprint 0123456789abcdef; a login with it works, one with a wrong secret does not.",
        "👁️ Ada Lovelace revealed the secret. It can't be shown again.",
        "🗑️ The sealed secret was destroyed.",
        "⏰ Ends soon: 20 Nov 2026, 19:00 UTC.",
        "⏩ Ada Lovelace asks for 30 min more.",
        "⏩ Cleo Chen approved more time, to 20 Nov 2026, 20:00 UTC. Telling the target.",
        "⛔ Cleo Chen denied more time. It ends as before, 20 Nov 2026, 19:05 UTC.",
        "⌛ Nobody decided on more time. It ends as before, 20 Nov 2026, 19:05 UTC.",
        "⚠️ More time couldn't be set on the target: the target asked us to slow down (try 1). I gave up; it ends as before.",
        "⏩ Extended until 20 Nov 2026, 20:00 UTC.",
        "🚩 The rules would not give this any more (not-eligible). It goes on until its end unless someone revokes it: Dan Okafor, have a look.",
        "🧹 Ending it: Dan Okafor revoked it.",
        "🧹 The credential was removed, 2 open sessions closed. Checking that it is gone. Left behind, for its owner to look at: table orders.scratch.",
        "🚨 Proving it gone failed: the target can't be reached (try 2). Next try 18:01 UTC; I won't stop trying.",
        "🔒 Proven gone: the credential is gone, a fresh login was refused, no session is left. Tested by login as cs_ada_7k3m9q2x5vtb_1 over scram-sha-256: 28P01.",
      ]
    `);
  });

  it("shows a person's own words as a quote", () => {
    const told = aTold('RevocationStarted', { trigger: 'revoked', by: dan.subject }, { reason: '*Over*.' });
    expect(read(narrate({ kind: 'thread-post', view: anActive(), told }))).toContain('\n> *Over*.\n');
  });

  it('keeps a place for words that are gone', () => {
    const told = { ...aTold('RequestDenied', DENIED), personal: { reason: REDACTED } };
    expect(read(narrate({ kind: 'thread-post', view: aView(), told }))).toBe(
      '⛔ Cleo Chen denied it:\n(redacted)\n#12 · 3fa9c1d2',
    );
    expect(read(narrate({ kind: 'requester-note', view: aView(), told, live: false }))).toContain(
      '\n(redacted)\n',
    );
  });

  it('does not show the justification again', () => {
    const [submitted] = everyTold();
    const told = { ...submitted!, personal: { justification: clear('secret plans') } };
    expect(read(narrate({ kind: 'thread-post', view: aView(), told }))).not.toContain('secret plans');
  });

  it('keeps a place for someone no longer known', () => {
    const told = { ...aTold('RequestWithdrawn', { by: ada.subject }), people: {} };
    expect(read(narrate({ kind: 'thread-post', view: aView(), told }))).toContain(
      'someone no longer known withdrew it.',
    );
  });
});

const DENIED = { by: cleo.subject, shown: SHOWN, policy: { ids: [], digest: 'f'.repeat(64) } };

describe('a note to the requester', () => {
  const issued = aTold('CredentialIssued', {
    generation: 1,
    fingerprint: '0123456789abcdef',
    expiresAt: NOW + HOUR,
    positiveControlAt: NOW,
  });
  const note = (view: RequestView, live = true, told = issued) =>
    narrate({ kind: 'requester-note', view, told, live });

  it('says what changed, what it means, and what they can do', () => {
    expect(read(note(anActive()))).toBe(
      [
        '🟢 You have access  ·  Read orders on Orders database',
        'It works now and runs until 20 Nov 2026, 19:05 UTC.',
        'Reveal the secret when you are ready to use it: it is shown once, to you alone.',
        "[Reveal once] [Extend by 1 h] [I'm done]",
        'req_7k3m9q2x5vtb  ·  #12 · 3fa9c1d2',
      ].join('\n'),
    );
  });

  it('has no buttons when it is not the newest', () => {
    expect(labels(note(anActive(), false))).toEqual([]);
  });

  it('offers no extension where none is possible, and no secret twice', () => {
    const { grant } = anActive();
    const view = anActive({ grant: { ...grant!, secret: 'revealed', extendableMs: null } });
    expect(labels(note(view))).toEqual(["I'm done"]);
  });

  it.each<[Phase, string[]]>([
    ['requested', ['Withdraw']],
    ['approved', ['Withdraw']],
    ['provisioning', []],
    ['revoking', []],
    ['revoked', []],
    ['denied', []],
  ])('in phase %s offers %j', (phase, expected) => {
    expect(labels(note(anActive({ phase })))).toEqual(expected);
  });

  it('asks before it ends something', () => {
    const asking = [...buttons(note(anActive())), ...buttons(note(aView()))].filter((each) => each.confirm);
    expect(asking.map((each) => each.label)).toEqual(["I'm done", 'Withdraw']);
  });

  it('exists for every event', () => {
    for (const told of everyTold()) {
      const shown = note(anExtending(), true, told);
      expect(read(shown)).not.toMatch(/undefined|null|NaN|\[object/);
      expect(shown.summary).toContain('Read orders on Orders database');
    }
  });
});

describe('the card of an erasure', () => {
  const card = (change: Parameters<typeof anErasure>[0] = {}) =>
    narrate({ kind: 'erasure-card', view: anErasure(change) });

  it('says who is to be forgotten, by whom, why, what goes, and that it takes another', () => {
    expect(read(card())).toBe(
      [
        '# 🧽 Ada Lovelace is to be forgotten',
        `Who: Ada Lovelace ${ada.subject}`,
        'Proposed by: Dan Okafor',
        'What goes: 12 texts in all, beside 3 requests, since 11 Oct 2026, 18:00 UTC; and who is behind the pseudonym',
        'Why',
        '> She has left and asks for it.',
        'Another operator has to agree: neither who proposed it nor who would be forgotten. What was decided, and when, stays on record under the pseudonym.',
        '⏳ Lapses 27 Nov 2026, 18:00 UTC.',
        '[Agree to erase]',
        '#31 · 9b0d11aa',
      ].join('\n'),
    );
  });

  it('asks once more before it cannot be undone, and carries an id alone', () => {
    const [agree] = buttons(card());
    expect(agree).toMatchObject({ style: 'danger', value: anErasure().id });
    expect(agree?.confirm?.text).toContain('cannot be undone');
  });

  it('tells afterwards who agreed and how much went, and has nothing to press', () => {
    const person = { ...ada, name: 'Someone who has been forgotten', account: null };
    const erased = { by: bo, at: NOW + HOUR, texts: 15 };
    const shown = card({ phase: 'erased', person, reason: REDACTED, goes: null, erased });
    expect(read(shown)).toContain(
      '✅ Erased 20 Nov 2026, 19:00 UTC: 15 texts, and who was behind the pseudonym. Bo Diddley agreed.',
    );
    expect(read(shown)).toContain('(redacted)');
    expect(read(shown)).not.toContain('Ada');
    expect(buttons(shown)).toEqual([]);
  });

  it('says when nobody agreed in time', () => {
    const shown = card({ phase: 'lapsed', goes: null });
    expect(read(shown)).toContain('Nobody agreed in time, 27 Nov 2026, 18:00 UTC. Nothing was erased.');
    expect(buttons(shown)).toEqual([]);
  });
});

describe('what someone has', () => {
  it('says how much time is left', () => {
    const shown = read(listing(aHome(), NOW + 20 * MIN, HOME_ROOM));
    expect(shown).toContain('45 min left, until 20 Nov 2026, 19:05 UTC');
    expect(read(listing(aHome(), NOW + 2 * HOUR, HOME_ROOM))).toContain('ending now');
  });

  it('shows of what waits all that a decision needs', () => {
    const shown = listing(aHome({ waitingForMe: [aView(), anExtending()] }), NOW, HOME_ROOM);
    expect(read(shown)).toContain(`> ${WHY}`);
    expect(read(shown)).toContain('⏩ Ada Lovelace asks for 30 min more of Read orders on Orders database');
  });

  it('counts what it has no room for', () => {
    const mine = Array.from({ length: 13 }, () => anActive());
    expect(read(listing(aHome({ mine }), NOW, HOME_ROOM))).toContain('…and 3 more.');
  });

  it('is kind to someone who has nothing', () => {
    expect(read(listing(aHome({ mine: [], recent: [] }), NOW, HOME_ROOM))).toBe(
      '# Your access\nNothing at the moment. Ask with /elevate.',
    );
  });
});
