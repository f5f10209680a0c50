import { isObject, type JsonObject } from '../wire.ts';
import { checkBlocks } from './blocks.ts';
import { Report } from './report.ts';

/** What Slack answers instead of taking a message. */
export interface MessageRefusal {
  error:
    | 'no_text'
    | 'msg_too_long'
    | 'invalid_blocks'
    | 'invalid_blocks_format'
    | 'msg_blocks_too_long'
    | 'invalid_metadata_format';
  problems: string[];
}

export interface MessageLimits {
  /** chat.postMessage takes 40,000 characters; chat.update 4,000 bytes, counted after escaping. */
  maxTextChars?: number;
  maxTextBytes?: number;
}

/** Undocumented: observed at about 13,200 characters over all blocks (slackapi/bolt-js#2509). */
const maxBlockCharsTotal = 13_200;

export function refuseMessage(message: JsonObject, limits: MessageLimits = {}): MessageRefusal | undefined {
  const { text, blocks, metadata } = message;
  const hasBlocks = Array.isArray(blocks) && blocks.length > 0;
  if (blocks !== undefined && blocks !== null && !Array.isArray(blocks))
    return refusal('invalid_blocks_format');
  if (!hasBlocks && (typeof text !== 'string' || text === '')) return refusal('no_text');
  if (typeof text === 'string' && isTooLong(text, limits)) return refusal('msg_too_long');
  if (hasBlocks) {
    const report = new Report();
    checkBlocks(report, blocks, '/blocks', 'message');
    if (report.problems.length > 0) return refusal('invalid_blocks', report.problems);
    if (charsOfText(blocks) > maxBlockCharsTotal) return refusal('msg_blocks_too_long');
  }
  if (metadata !== undefined && !isMetadata(metadata)) return refusal('invalid_metadata_format');
  return undefined;
}

function isTooLong(
  text: string,
  { maxTextChars = 40_000, maxTextBytes = Number.POSITIVE_INFINITY }: MessageLimits,
): boolean {
  return text.length > maxTextChars || Buffer.byteLength(text) > maxTextBytes;
}

function refusal(error: MessageRefusal['error'], problems: string[] = []): MessageRefusal {
  return { error, problems };
}

function isMetadata(value: unknown): boolean {
  return (
    isObject(value) &&
    typeof value.event_type === 'string' &&
    value.event_type !== '' &&
    isObject(value.event_payload)
  );
}

/** Characters in every `text` that is a string, at any depth. */
function charsOfText(value: unknown): number {
  if (Array.isArray(value)) return value.reduce<number>((sum, item) => sum + charsOfText(item), 0);
  if (!isObject(value)) return 0;
  return Object.entries(value).reduce(
    (sum, [key, item]) =>
      sum + (key === 'text' && typeof item === 'string' ? item.length : charsOfText(item)),
    0,
  );
}
