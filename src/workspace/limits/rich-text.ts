import type { Report } from './report.ts';

const containers = ['rich_text_section', 'rich_text_list', 'rich_text_preformatted', 'rich_text_quote'];
const leaves = [
  'text',
  'link',
  'emoji',
  'user',
  'usergroup',
  'channel',
  'team',
  'broadcast',
  'date',
  'color',
];

/** A rich_text block: containers of leaves; only a list nests, and only sections. */
export function checkRichText(report: Report, block: Record<string, unknown>, at: string): void {
  report.onlyKeys(block, at, ['type', 'block_id', 'elements']);
  if (!report.items(block.elements, `${at}/elements`, 1000, 0)) return;
  block.elements.forEach((element, index) =>
    checkContainer(report, element, `${at}/elements/${index}`, containers),
  );
}

function checkContainer(report: Report, value: unknown, at: string, allowed: readonly string[]): void {
  if (!report.object(value, at)) return;
  const type = String(value.type);
  if (!allowed.includes(type)) return report.add(`${at}/type`, `unsupported type: ${type}`);
  if (!report.items(value.elements, `${at}/elements`, 1000, 0)) return;
  value.elements.forEach((child, index) => {
    const pointer = `${at}/elements/${index}`;
    if (type === 'rich_text_list') checkContainer(report, child, pointer, ['rich_text_section']);
    else checkLeaf(report, child, pointer);
  });
}

function checkLeaf(report: Report, value: unknown, at: string): void {
  if (!report.object(value, at)) return;
  const type = String(value.type);
  if (!leaves.includes(type)) return report.add(`${at}/type`, `unsupported type: ${type}`);
  if (type === 'text') report.text(value.text, `${at}/text`, 12_000);
  if (type === 'link') report.url(value.url, `${at}/url`);
}
