import { describe, expect, it } from 'vitest';
import { plain } from '../../src/chat/card.ts';
import { narrate } from '../../src/chat/narrate.ts';
import { render } from '../../src/chat/slack/render.ts';
import type { LogAlarm, Notice } from '../../src/ports/chat.ts';
import { LIMITS } from '../../src/limits.ts';
import { refuseMessage } from '../../src/workspace/limits/message.ts';
import { pingsIn } from '../../src/workspace/mrkdwn.ts';
import { testSigner } from '../fakes/log.ts';
import { HOSTILE } from './samples.ts';

const root = 'ab'.repeat(32);
const head = (size: number, note = testSigner(1).sign({ size, root })): Notice => ({
  kind: 'checkpoint',
  origin: 'signed.test/log',
  size,
  root,
  note,
});
const alarm = (one: LogAlarm): Notice => ({ kind: 'log-alarm', alarm: one });
const said = (notice: Notice): string =>
  narrate(notice)
    .blocks.map((block) => ('spans' in block ? plain(block.spans) : 'text' in block ? block.text : ''))
    .join('\n');

describe('a signed head in the channel of the log', () => {
  it('says of what it is, and has the note whole: to copy out and to verify', () => {
    const { note } = head(42) as Notice & { kind: 'checkpoint' };
    expect(narrate(head(42)).blocks).toContainEqual({
      kind: 'verbatim',
      label: 'To keep, or to verify',
      text: note,
    });
    expect(said(head(42))).toMatch(
      /^🔏 Signed head of signed\.test\/log {2}· {2}42 events {2}· {2}root abababab\n/,
    );
    expect(narrate(head(1)).summary).toContain('1 event ');
    const rendered = JSON.stringify(render(narrate(head(42))).blocks);
    expect(JSON.parse(rendered)).toContainEqual(
      expect.objectContaining({
        elements: expect.arrayContaining([
          { type: 'rich_text_preformatted', elements: [{ type: 'text', text: note }] },
        ]),
      }),
    );
  });

  it('is whole although as many keys sign it as may', () => {
    const seeds = Array.from({ length: LIMITS.logKeysSigningMax }, (_, i) => i + 1);
    const { note } = head(42, testSigner(...seeds).sign({ size: 42, root })) as Notice & {
      kind: 'checkpoint';
    };
    expect(JSON.stringify(render(narrate(head(42, note))))).toContain(JSON.stringify(note).slice(1, -1));
  });
});

describe('what is told of the rules', () => {
  const digest = 'ab'.repeat(32);
  it('is that a folder was refused, what is wrong with it, and what stays', () => {
    const detail = 'catalogue.yaml:3:5 no such group\npolicies/a.cedar:9 duplicate id';
    const hint = 'Mend the folder; countersign policy check says where and how.';
    const shown = said(alarm({ what: 'rules-refused', detail, hint, keeping: digest }));
    expect(shown).toBe(
      `🚨 The changed rules were refused. Those before them stay: ${digest.slice(0, 16)}.\n${detail}\n→ ${hint}`,
    );
  });

  it('is which are in force, what has changed, and who put them back', () => {
    const loaded = {
      what: 'rules-loaded',
      digest,
      cause: 'changed',
      changes: '1 added: group/dba',
      by: '',
    } as const;
    expect(said(alarm(loaded))).toBe(
      `📜 Other rules are in force. In force: ${digest.slice(0, 16)}.\n1 added: group/dba`,
    );
    const reverted = { ...loaded, cause: 'reverted', changes: '', by: 'Finn Berg' } as const;
    expect(said(alarm(reverted))).toBe(
      `📜 Finn Berg put back earlier rules. In force: ${digest.slice(0, 16)}.`,
    );
    expect(said(alarm({ what: 'rules-working', digest }))).toContain('The rules can be read again.');
  });

  it('lets nothing that is in a folder format, link or ping', () => {
    for (const one of [
      { what: 'rules-refused', detail: HOSTILE.repeat(200), hint: HOSTILE, keeping: digest },
      { what: 'rules-loaded', digest, cause: 'changed', changes: HOSTILE.repeat(200), by: HOSTILE },
    ] as const) {
      const rendered = render(narrate(alarm(one)));
      expect(
        refuseMessage(
          { ...rendered, metadata: { event_type: 'countersign', event_payload: { key: 'k' } } } as never,
          { maxTextBytes: 4_000 },
        ),
      ).toBeUndefined();
    }
  });
});

describe('an alarm of the log', () => {
  const detail =
    'The log has 9 events, and a signed head of 12 is held by folder: 3 are gone, from event 9 on.';

  it.each<[LogAlarm, string]>([
    [
      { what: 'failing', name: 'witness:w.test', detail: 'No answer.', hint: 'Look.' },
      '🚨 The witness w.test fails again and again.\nNo answer.\n→ Look.',
    ],
    [{ what: 'working', name: 'time-stamp' }, '✅ The time-stamp server works again.'],
    [
      { what: 'failing', name: 'seal', detail: 'no key.', hint: 'Look.' },
      '🚨 Signing the log fails again and again.\nNo key.\n→ Look.',
    ],
    [
      { what: 'revoke-only', detail, hint: 'Stop the bot.' },
      `🚨 Only ending access works now. The log is not what was signed.\n${detail}\n→ Stop the bot.`,
    ],
    [{ what: 'full' }, '✅ Everything works again. The log is what was signed.'],
  ])('%j', (one, words) => {
    expect(said(alarm(one))).toBe(words);
  });

  it('fits Slack and pings nobody, whatever a name or a detail says', () => {
    const long = HOSTILE.repeat(40).slice(0, 500);
    for (const notice of [
      alarm({ what: 'failing', name: long, detail: long, hint: long }),
      alarm({ what: 'revoke-only', detail: long, hint: long }),
      { ...head(42), origin: long } as Notice,
    ]) {
      const message = {
        ...render(narrate(notice)),
        metadata: { event_type: 'c', event_payload: { key: 'k' } },
      };
      expect(refuseMessage(message as never, { maxTextBytes: 4_000 })).toBeUndefined();
      expect(pingsIn(message.text)).toEqual([]);
    }
  });
});
