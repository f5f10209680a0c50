import type { LogAlarm, Notice } from '../../ports/chat.ts';
import { bold, type Card, code, context, plain, say, type Span, text } from '../card.ts';
import { clip } from '../wording.ts';
import { count } from './parts.ts';

/** A signed head, whole: who copies it out of the channel can verify it, and show it when the log says otherwise. */
export function checkpointPost({ origin, size, root, note }: Notice & { kind: 'checkpoint' }): Card {
  const said = say`🔏 ${bold('Signed head')} of ${code(origin)}  ·  ${count(size, 'event', 'events')}  ·  root ${code(root.slice(0, 8))}`;
  return {
    summary: plain(said),
    blocks: [
      text(said),
      { kind: 'verbatim', label: 'To keep, or to verify', text: note },
      context(
        say`Whoever sees this is a witness: no event before it can be changed or taken away unnoticed.`,
      ),
    ],
  };
}

/** As they are named in settings and receipts: `folder`, `witness:w.example`. */
const NAME: Readonly<Record<string, string>> = {
  seal: 'Signing the log',
  folder: 'The anchor folder',
  'time-stamp': 'The time-stamp server',
  witness: 'The witness',
  channel: 'The channel',
  siem: 'The SIEM',
};

export function logAlarm(alarm: LogAlarm): Card {
  switch (alarm.what) {
    case 'failing':
      return alarmCard(say`🚨 ${named(alarm.name)} fails again and again.`, alarm);
    case 'working':
      return alarmCard(say`✅ ${named(alarm.name)} works again.`);
    case 'revoke-only':
      return alarmCard(
        say`🚨 ${bold('Only ending access works now.')} The log is not what was signed.`,
        alarm,
      );
    case 'full':
      return alarmCard(say`✅ ${bold('Everything works again.')} The log is what was signed.`);
    case 'rules-refused':
      return rulesRefused(alarm);
    case 'rules-loaded':
      return rulesLoaded(alarm);
    case 'rules-working':
      return alarmCard(say`✅ ${bold('The rules can be read again.')} ${inForce(alarm.digest)}`);
  }
}

const inForce = (digest: string): readonly Span[] => say`In force: ${code(digest.slice(0, 16))}.`;

type Alarm<W extends LogAlarm['what']> = Extract<LogAlarm, { readonly what: W }>;

/** Problems are lines of their own: file, line and remedy each. */
function rulesRefused({ detail, hint, keeping }: Alarm<'rules-refused'>): Card {
  const said = say`🚨 ${bold('The changed rules were refused.')} Those before them stay: ${code(keeping.slice(0, 16))}.`;
  const problems = { kind: 'verbatim', label: 'What is wrong', text: detail } as const;
  return { summary: plain(said), blocks: [text(said), problems, text(say`→ ${hint}`)] };
}

function rulesLoaded({ digest, cause, changes, by }: Alarm<'rules-loaded'>): Card {
  const who = by === '' ? 'An operator' : by;
  const said =
    cause === 'reverted'
      ? say`📜 ${bold(who)} put back earlier rules. ${inForce(digest)}`
      : say`📜 ${bold('Other rules are in force.')} ${inForce(digest)}`;
  return {
    summary: plain(said),
    blocks: [text(said), ...(changes === '' ? [] : [context(say`${clip(changes, 1_000)}`)])],
  };
}

function named(name: string): Span {
  const [kind = '', ...rest] = name.split(':');
  return bold([NAME[kind] ?? kind, ...rest].join(' '));
}

const sentence = (words: string): string => words.replace(/^\p{Ll}/u, (letter) => letter.toUpperCase());

function alarmCard(said: readonly Span[], more?: { readonly detail: string; readonly hint: string }): Card {
  const explained = more ? [text(say`${sentence(more.detail)}`), text(say`→ ${more.hint}`)] : [];
  return { summary: plain(said), blocks: [text(said), ...explained] };
}
