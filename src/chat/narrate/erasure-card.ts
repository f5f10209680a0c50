import type { ErasureView } from '../../ports/view.ts';
import {
  type Action,
  actions,
  type Block,
  bold,
  type Card,
  code,
  context,
  dateTime,
  field,
  person,
  type Span,
  say,
  text,
} from '../card.ts';
import { ACTION } from '../intent.ts';
import { count, wordsOf } from './parts.ts';

/** That someone is to be forgotten, for another operator to agree to; afterwards, what became of it. */
export function erasureCard(view: ErasureView): Card {
  const heading = headingOf(view);
  return {
    summary: heading,
    blocks: [
      { kind: 'heading', text: heading },
      {
        kind: 'fields',
        fields: [
          field('Who', say`${person(view.person)}\n${code(view.person.subject)}`),
          field('Proposed by', [person(view.by)]),
          ...(view.goes === null ? [] : [field('What goes', goesOf(view.goes))]),
        ],
      },
      text([bold('Why')]),
      wordsOf(view.reason),
      ...outcomeOf(view),
      ...(view.phase === 'proposed' ? actions([agreeButton(view)]) : []),
      context(say`#${view.index} · ${code(view.leaf8)}`),
    ],
  };
}

function headingOf({ phase, person: { name } }: ErasureView): string {
  switch (phase) {
    case 'proposed':
      return `🧽 ${name} is to be forgotten`;
    case 'erased':
      return `🧽 ${name}`;
    case 'lapsed':
      return `⌛ Not forgotten: ${name}`;
  }
}

function goesOf({ texts, requests, since }: NonNullable<ErasureView['goes']>): readonly Span[] {
  const oldest = since === null ? [] : say`, since ${dateTime(since)}`;
  return say`${count(texts, 'text', 'texts')} in all, beside ${count(requests, 'request', 'requests')}${oldest}; and who is behind the pseudonym`;
}

function outcomeOf({ phase, erased, lapsesAt }: ErasureView): readonly Block[] {
  if (phase === 'lapsed')
    return [text(say`Nobody agreed in time, ${dateTime(lapsesAt)}. Nothing was erased.`)];
  if (erased === null)
    return [
      text(
        say`Another operator has to agree: neither who proposed it nor who would be forgotten. What was decided, and when, stays on record under the pseudonym.\n⏳ Lapses ${dateTime(lapsesAt)}.`,
      ),
    ];
  const by = erased.by === null ? [] : say` ${person(erased.by)} agreed.`;
  return [
    text(
      say`✅ ${bold('Erased')} ${dateTime(erased.at)}: ${count(erased.texts, 'text', 'texts')}, and who was behind the pseudonym.${by}`,
    ),
  ];
}

const agreeButton = ({ id, person: { name } }: ErasureView): Action => ({
  id: ACTION.agreeToErasure,
  label: 'Agree to erase',
  style: 'danger',
  value: id,
  confirm: {
    title: 'Erase for good?',
    text: `All readable text of ${name} goes, and who they were. This cannot be undone.`,
    yes: 'Erase',
    no: 'Keep it',
  },
});
