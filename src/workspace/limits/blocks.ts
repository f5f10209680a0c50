import { checkOptionalText, checkText } from './composition.ts';
import { checkElement, elementsAllowed } from './elements.ts';
import type { Report } from './report.ts';
import { checkRichText } from './rich-text.ts';

export type Surface = 'message' | 'modal' | 'home';
const maxBlocks: Record<Surface, number> = { message: 50, modal: 100, home: 100 };

type Block = Record<string, unknown>;
type Check = (report: Report, block: Block, at: string) => void;

const checkSection: Check = (report, block, at) => {
  report.onlyKeys(block, at, ['type', 'block_id', 'text', 'fields', 'accessory', 'expand']);
  if (block.text === undefined && block.fields === undefined)
    report.add(at, 'must define either `text` or `fields`');
  checkOptionalText(report, block.text, `${at}/text`, 3000, 'any');
  if (block.fields !== undefined && report.items(block.fields, `${at}/fields`, 10))
    block.fields.forEach((field, index) => checkText(report, field, `${at}/fields/${index}`, 2000, 'any'));
  if (block.accessory !== undefined)
    checkElement(report, block.accessory, `${at}/accessory`, elementsAllowed.accessory);
};

const checkHeader: Check = (report, block, at) => {
  report.onlyKeys(block, at, ['type', 'block_id', 'text', 'level']);
  checkText(report, block.text, `${at}/text`, 150, 'plain_text');
};

const checkContext: Check = (report, block, at) => {
  report.onlyKeys(block, at, ['type', 'block_id', 'elements']);
  if (!report.items(block.elements, `${at}/elements`, 10)) return;
  block.elements.forEach((element, index) => {
    const pointer = `${at}/elements/${index}`;
    const isImage = (element as Block | null)?.type === 'image';
    if (isImage) checkElement(report, element, pointer, ['image']);
    else checkText(report, element, pointer, 3000, 'any');
  });
};

const checkActions: Check = (report, block, at) => {
  report.onlyKeys(block, at, ['type', 'block_id', 'elements']);
  if (!report.items(block.elements, `${at}/elements`, 25)) return;
  const seen = new Set<unknown>();
  block.elements.forEach((element, index) => {
    const pointer = `${at}/elements/${index}`;
    checkElement(report, element, pointer, elementsAllowed.actions);
    const actionId = (element as Block | null)?.action_id;
    if (typeof actionId === 'string' && seen.has(actionId))
      report.add(`${pointer}/action_id`, `\`action_id\` "${actionId}" already exists in this block`);
    seen.add(actionId);
  });
};

const checkInput: Check = (report, block, at) => {
  report.onlyKeys(block, at, ['type', 'block_id', 'label', 'element', 'hint', 'optional', 'dispatch_action']);
  checkText(report, block.label, `${at}/label`, 2000, 'plain_text');
  checkOptionalText(report, block.hint, `${at}/hint`, 2000, 'plain_text');
  report.flag(block.optional, `${at}/optional`);
  report.flag(block.dispatch_action, `${at}/dispatch_action`);
  checkElement(report, block.element, `${at}/element`, elementsAllowed.input);
};

const checkImage: Check = (report, block, at) => {
  report.onlyKeys(block, at, ['type', 'block_id', 'image_url', 'slack_file', 'alt_text', 'title']);
  report.text(block.alt_text, `${at}/alt_text`, 2000);
  checkOptionalText(report, block.title, `${at}/title`, 2000, 'plain_text');
  if (block.slack_file === undefined && block.image_url === undefined)
    report.add(at, 'missing required field: image_url');
  report.url(block.image_url, `${at}/image_url`);
};

const checkMarkdown: Check = (report, block, at) => {
  report.onlyKeys(block, at, ['type', 'block_id', 'text']);
  report.text(block.text, `${at}/text`, 12_000);
};

const checkDivider: Check = (report, block, at) => report.onlyKeys(block, at, ['type', 'block_id']);

const everywhere = {
  section: checkSection,
  header: checkHeader,
  context: checkContext,
  divider: checkDivider,
};
const checks: Record<Surface, Record<string, Check>> = {
  message: {
    ...everywhere,
    actions: checkActions,
    input: checkInput,
    image: checkImage,
    rich_text: checkRichText,
    markdown: checkMarkdown,
  },
  modal: {
    ...everywhere,
    actions: checkActions,
    input: checkInput,
    image: checkImage,
    rich_text: checkRichText,
  },
  home: {
    ...everywhere,
    actions: checkActions,
    input: checkInput,
    image: checkImage,
    rich_text: checkRichText,
  },
};

/** Checks every rule of the blocks of one surface; `at` is the pointer of the array. */
export function checkBlocks(report: Report, blocks: unknown, at: string, surface: Surface): void {
  if (!report.items(blocks, at, maxBlocks[surface], 0)) return;
  const seen = new Set<string>();
  blocks.forEach((block: unknown, index) => {
    const pointer = `${at}/${index}`;
    if (!report.object(block, pointer)) return;
    checkBlockId(report, block, pointer, seen);
    const type = typeof block.type === 'string' ? block.type : '';
    const check = Object.hasOwn(checks[surface], type) ? checks[surface][type] : undefined;
    if (check) check(report, block, pointer);
    else report.add(`${pointer}/type`, type ? `unsupported type: ${type}` : 'missing required field: type');
  });
}

function checkBlockId(report: Report, block: Block, pointer: string, seen: Set<string>): void {
  if (block.block_id === undefined || !report.text(block.block_id, `${pointer}/block_id`, 255)) return;
  if (seen.has(block.block_id))
    report.add(`${pointer}/block_id`, `\`block_id\` "${block.block_id}" already exists`);
  seen.add(block.block_id);
}
