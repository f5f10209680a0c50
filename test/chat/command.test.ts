import { describe, expect, it } from 'vitest';
import { plain } from '../../src/chat/card.ts';
import { parseCommand } from '../../src/chat/command.ts';
import { asTyped } from '../../src/chat/slack/commands.ts';
import { EMPTY_DRAFT, HOUR, ID, MIN } from './samples.ts';

const draft = { ...EMPTY_DRAFT, entitlement: 'orders-db:read', duration: String(HOUR) };
const read = (text: string) => {
  const parsed = parseCommand(text);
  return parsed.kind === 'intent' ? parsed.intent : plain(parsed.said);
};

describe('/elevate', () => {
  it('opens the form when nothing follows', () => {
    expect(read('  ')).toEqual({ kind: 'open-form', entitlement: null });
  });

  it('opens the form on an entitlement alone', () => {
    expect(read('orders-db:read')).toEqual({ kind: 'open-form', entitlement: 'orders-db:read' });
  });

  it.each([
    'orders-db:read 1h "INC-123 orders are stuck"',
    'orders-db:read 1h “INC-123 orders are stuck”',
    "orders-db:read 1h 'INC-123 orders are stuck'",
    'orders-db:read 1h INC-123 orders are stuck',
    'orders-db:read 60 min INC-123 orders are stuck',
  ])('asks at once: %s', (text) => {
    const justification = 'INC-123 orders are stuck';
    expect(read(text)).toEqual({ kind: 'submit', draft: { ...draft, justification, ticket: 'INC-123' } });
  });

  it('keeps the words of a justification as they are, quotes inside included', () => {
    const justification = 'the "hot" shard,  twice\nas seen';
    expect(read(`orders-db:read 1h "${justification}"`)).toEqual({
      kind: 'submit',
      draft: { ...draft, justification },
    });
  });

  it('reads a duration of several words, and no word of the reason', () => {
    expect(read('orders-db:read 1 h 30 min because')).toEqual({
      kind: 'submit',
      draft: { ...draft, duration: String(90 * MIN), justification: 'because' },
    });
  });

  it('opens the form with what was typed when the reason is missing', () => {
    expect(read('orders-db:read 1h')).toEqual({ kind: 'preview', draft });
  });

  it('opens the form with what was typed when the duration is missing', () => {
    expect(read('orders-db:read please')).toEqual({
      kind: 'preview',
      draft: { ...draft, duration: null, justification: 'please' },
    });
  });

  it.each(['45 why', '45', '-1h why', '1x why'])('does not guess a unit or take a minus: %s', (rest) => {
    const said = read(`orders-db:read ${rest}`);
    expect(said).toMatch(/^I can't read “.+” as a duration\. Write it like 30m, 1h or 1h 30m\.$/);
  });

  it.each<[string, unknown]>([
    ['mine', { kind: 'mine' }],
    ['HELP', { kind: 'help' }],
    ['who orders-db:read', { kind: 'who', entitlement: 'orders-db:read' }],
    ['extend', { kind: 'extend', request: null, extraMs: null }],
    ['extend 30m', { kind: 'extend', request: null, extraMs: 30 * MIN }],
    [`extend ${ID}`, { kind: 'extend', request: ID, extraMs: null }],
    [`extend ${ID} 1h 30m`, { kind: 'extend', request: ID, extraMs: 90 * MIN }],
    ['done', { kind: 'done', request: null }],
    [`done ${ID.toUpperCase()}`, { kind: 'done', request: ID }],
    ['withdraw', { kind: 'withdraw', request: null }],
    [`revoke ${ID} "laptop was stolen"`, { kind: 'revoke', request: ID, reason: 'laptop was stolen' }],
    [`revoke ${ID}`, { kind: 'revoke', request: ID, reason: '' }],
    [`show ${ID}`, { kind: 'show', request: ID }],
  ])('%s', (text, intent) => {
    expect(read(text)).toEqual(intent);
  });

  it.each<[string, RegExp]>([
    ['dance', /^I don't understand “dance”\.$/],
    ['done everything', /^everything isn't a request's id/],
    ['revoke', /^Which request\? Like \/elevate revoke req_… why$/],
    ['who', /^Who has what\? Name it/],
    ['extend forever', /^I can't read “forever” as a duration/],
  ])('says what it could not read: %s', (text, said) => {
    expect(read(text)).toMatch(said);
  });
});

describe("Slack's escaping of commands", () => {
  it('gives back what was typed', () => {
    expect(asTyped('ask <@U0BO|bo> in <#C0OPS|ops> about a &lt; b &amp;&amp; c &gt; d')).toBe(
      'ask @bo in #ops about a < b && c > d',
    );
    expect(asTyped('<@U0BO> <#C0OPS|> <https://wiki.example/x|wiki>')).toBe(
      '@U0BO #C0OPS https://wiki.example/x',
    );
  });

  it('does not unescape twice', () => {
    expect(asTyped('&amp;lt;!channel&amp;gt;')).toBe('&lt;!channel&gt;');
  });
});
