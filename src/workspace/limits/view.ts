import { isObject } from '../wire.ts';
import { checkBlocks } from './blocks.ts';
import { checkOptionalText, checkText } from './composition.ts';
import { Report } from './report.ts';

/** views.* refuse above this: `view_too_large`. */
export const maxViewBytes = 250_000;
export const maxViewsDeep = 3;

const modalKeys = [
  'type',
  'title',
  'submit',
  'close',
  'blocks',
  'private_metadata',
  'callback_id',
  'external_id',
  'clear_on_close',
  'notify_on_close',
  'submit_disabled',
];
const homeKeys = ['type', 'blocks', 'private_metadata', 'callback_id', 'external_id'];

/** What is wrong with a view definition, as Slack's pointers; empty when nothing is. */
export function viewProblems(view: unknown, expected: 'modal' | 'home'): string[] {
  const report = new Report();
  if (!report.object(view, '/view')) return report.problems;
  if (view.type !== expected) report.add('/view/type', `must be a valid enum value: ${expected}`);
  report.onlyKeys(view, '/view', expected === 'modal' ? modalKeys : homeKeys);
  if (view.blocks === undefined) report.add('/view', 'missing required field: blocks');
  else checkBlocks(report, view.blocks, '/view/blocks', expected);
  report.optionalText(view.private_metadata, '/view/private_metadata', 3000);
  report.optionalText(view.callback_id, '/view/callback_id', 255);
  report.optionalText(view.external_id, '/view/external_id', 255);
  checkFocus(report, view.blocks);
  if (expected === 'modal') checkModal(report, view);
  return report.problems;
}

function checkModal(report: Report, view: Record<string, unknown>): void {
  checkText(report, view.title, '/view/title', 24, 'plain_text');
  checkOptionalText(report, view.submit, '/view/submit', 24, 'plain_text');
  checkOptionalText(report, view.close, '/view/close', 24, 'plain_text');
  for (const key of ['clear_on_close', 'notify_on_close', 'submit_disabled'])
    report.flag(view[key], `/view/${key}`);
  const hasInput =
    Array.isArray(view.blocks) && view.blocks.some((block) => isObject(block) && block.type === 'input');
  if (hasInput && view.submit === undefined) report.add('/view', 'missing required field: submit');
}

function checkFocus(report: Report, blocks: unknown): void {
  if (!Array.isArray(blocks)) return;
  const focused = JSON.stringify(blocks).split('"focus_on_load":true').length - 1;
  if (focused > 1) report.add('/view/blocks', 'only one element can have `focus_on_load` set');
}
