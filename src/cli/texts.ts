import type { EventMeta } from '../domain/events.ts';
import type { ReaderRole, ShownText } from '../domain/visibility.ts';
import type { Reading } from './reading.ts';

/** The texts beside one event as the reader gets them, by field: what was redacted keeps its place. */
export async function textsBeside(
  reading: Reading,
  { index, sd }: Pick<EventMeta, 'index' | 'sd'>,
): Promise<Readonly<Record<string, ShownText>>> {
  const fields = Object.keys(sd);
  const kept = fields.length === 0 ? [] : await reading.store.storedDisclosures(index, index + 1);
  const texts = fields.map(async (field) => {
    const disclosure = kept.find((each) => each.field === field) ?? null;
    const redactedAt = disclosure === null ? await reading.redactedAt(index, field) : null;
    return [field, reading.shown(field, disclosure, redactedAt)] as const;
  });
  return Object.fromEntries(await Promise.all(texts));
}

const READERS: Readonly<Record<ReaderRole, string>> = {
  auditor: 'auditors',
  owner: 'owners',
  approver: 'approvers',
};

/** A text, or what stands in its place. `role` null: of someone who has not said who they are. */
export function textWords(text: ShownText, role: ReaderRole | null): string {
  switch (text.kind) {
    case 'clear':
      return text.value;
    case 'masked':
      return role === null
        ? 'masked; --as PERSON shows what that person may read'
        : `masked for ${READERS[role]}`;
    case 'redacted':
      return text.redactedAt === null
        ? 'gone, and no event tells of it: verify the log'
        : `redacted (#${text.redactedAt})`;
  }
}
