import type { Anchor } from '../ports/anchor.ts';
import type { Chat } from '../ports/chat.ts';
import type { Channel } from '../ports/directory.ts';
import { createChannel } from './channel.ts';
import { createFolder } from './folder.ts';
import { createTimeStamp, type TimeStampOptions } from './time-stamp.ts';
import { createWitness, type WitnessOptions } from './witness.ts';

/** Where signed heads go, as the operator has set it; null: not there. */
export interface AnchorSettings {
  readonly folder: string | null;
  readonly timeStampUrl: string | null;
  readonly witness: Pick<WitnessOptions, 'url' | 'vkey'> | null;
}

export interface AnchorParts extends Pick<WitnessOptions, 'newest'>, Pick<TimeStampOptions, 'random'> {
  readonly settings: AnchorSettings;
  /** The catalogue's channel for the log. */
  readonly channel: Channel | null;
  readonly chats: readonly Chat[];
}

/** Every anchor there is to be, nearest first. */
export function openAnchors({ settings, channel, chats, newest, random }: AnchorParts): readonly Anchor[] {
  const { folder, timeStampUrl, witness } = settings;
  const chat = chats.find(({ platform }) => platform === channel?.platform);
  return [
    ...(folder === null ? [] : [createFolder(folder)]),
    ...(channel === null || chat === undefined ? [] : [createChannel(chat, channel)]),
    ...(timeStampUrl === null ? [] : [createTimeStamp({ url: timeStampUrl, random })]),
    ...(witness === null ? [] : [createWitness({ ...witness, newest })]),
  ];
}
