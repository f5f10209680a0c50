import type { Notice } from '../ports/chat.ts';
import type { Card } from './card.ts';
import { erasureCard } from './narrate/erasure-card.ts';
import { checkpointPost, logAlarm } from './narrate/log-posts.ts';
import { requestCard } from './narrate/request-card.ts';
import { requesterNote } from './narrate/requester-note.ts';
import { threadPost } from './narrate/thread-post.ts';

/** The card of a notice: a function of the notice alone, so that a message shows what the state says. */
export function narrate(notice: Notice): Card {
  switch (notice.kind) {
    case 'checkpoint':
      return checkpointPost(notice);
    case 'log-alarm':
      return logAlarm(notice.alarm);
    case 'request-card':
      return requestCard(notice.view, notice.standInFor ?? null);
    case 'thread-post':
      return threadPost(notice.view, notice.told);
    case 'requester-note':
      return requesterNote(notice.view, notice.told, notice.live);
    case 'erasure-card':
      return erasureCard(notice.view);
  }
}
