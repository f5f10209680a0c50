import type { Finding } from '../audit/verify-finding.ts';
import type { FolderVerdict } from './folder.ts';

const width = 80;
const label = 13;

/** One thing that was found to be right. */
export const toldText = (part: string, text: string): string =>
  folded(text, width - label)
    .map((line, i) => `${(i === 0 ? part : '').padEnd(label)}${line}`)
    .join('\n');

/** What it comes to. */
export function verdictText(verdict: FolderVerdict): string {
  if (!verdict.ok) return findingText(verdict.finding);
  const by = verdict.signedBy.join(' and ');
  return folded(`ok: ${whatOf(verdict)} that ${by} signed.`, width).join('\n');
}

function whatOf(verdict: FolderVerdict & { readonly ok: true }): string {
  if (!('request' in verdict)) return `all ${verdict.size} events are those`;
  const { request, events } = verdict;
  return request === null
    ? `each of these ${events} single events is in the log`
    : `the ${events} events of ${request} are in the log`;
}

export function findingText({ code, index, what, means }: Finding): string {
  const where = index === null ? '' : ` at event ${index}`;
  return [...folded(`NOT OK${where}: ${what}.`, width), ...folded(`${means} (${code})`, width)].join('\n');
}

/** Names of keys come out of files: none of them moves the cursor, or turns what is read around. */
const unseen = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu;

function folded(text: string, columns: number): readonly string[] {
  const lines: string[] = [];
  for (const word of text.replace(unseen, '?').split(' ')) {
    const last = lines.at(-1);
    if (last === undefined || last.length + 1 + word.length > columns) lines.push(word);
    else lines[lines.length - 1] = `${last} ${word}`;
  }
  return lines;
}
