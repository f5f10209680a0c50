import type { Followed } from '../ports/follower.ts';
import { leafText, type Source } from './record.ts';

/** As far as index 2⁵³, so that text sorts as numbers do. */
const SEQUENCE_DIGITS = 16;

/**
 * An event as CloudEvents 1.0 has it, in the JSON format. `data` is the leaf: its canonical JSON (RFC 8785) is the very
 * bytes that the log holds. `sequence` (an extension of CloudEvents) is the log index, by which a record that came
 * twice is known, as it is by source and id.
 */
export function toCloudEvent(followed: Followed, { origin }: Source): object {
  const { event, state } = followed;
  const { id, index, stream, at } = event.meta;
  return {
    specversion: '1.0',
    id,
    source: origin,
    type: `dev.countersign.${event.type}`,
    subject: state?.id ?? stream,
    time: new Date(at).toISOString(),
    datacontenttype: 'application/json',
    sequence: String(index).padStart(SEQUENCE_DIGITS, '0'),
    data: JSON.parse(leafText(followed)),
  };
}
