import type { KnownBlock, ModalView } from '@slack/types';
import type { Block } from '../card.ts';
import { DIALOG, type DialogId } from '../intent.ts';
import { clip } from '../wording.ts';
import { renderBlocks, SLACK } from './render.ts';

export const plainText = (text: string) => ({ type: 'plain_text', text }) as const;

/** A dialog that says something; it has nothing to submit. */
export function modal(title: string, blocks: readonly Block[], close = 'Close'): ModalView {
  return {
    type: 'modal',
    callback_id: DIALOG.notice,
    title: plainText(clip(title, SLACK.viewTitleMaxChars)),
    close: plainText(close),
    blocks: renderBlocks(blocks),
  };
}

interface DialogParts {
  readonly id: DialogId;
  readonly title: string;
  readonly submit: string;
  readonly metadata: string;
  readonly blocks: KnownBlock[];
}

/** A dialog that is submitted; `metadata` comes back with it and is trusted no more than a button's value. */
export function dialog({ id, title, submit, metadata, blocks }: DialogParts): ModalView {
  return {
    type: 'modal',
    callback_id: id,
    title: plainText(clip(title, SLACK.viewTitleMaxChars)),
    submit: plainText(submit),
    close: plainText('Cancel'),
    private_metadata: metadata,
    blocks,
  };
}
