import type { Report } from './report.ts';

/** Text objects, options and confirmation dialogs: the parts that blocks and elements are made of. */

export type TextKind = 'plain_text' | 'any';

export function checkText(
  report: Report,
  value: unknown,
  pointer: string,
  maxChars: number,
  kind: TextKind,
): void {
  if (!report.object(value, pointer)) return;
  const { type } = value;
  if (type !== 'plain_text' && type !== 'mrkdwn')
    return report.add(`${pointer}/type`, `unsupported type: ${String(type)}`);
  if (kind === 'plain_text' && type !== 'plain_text')
    return report.add(`${pointer}/type`, 'must be a valid enum value: plain_text only');
  report.text(value.text, `${pointer}/text`, maxChars);
  report.onlyKeys(
    value,
    pointer,
    type === 'mrkdwn' ? ['type', 'text', 'verbatim'] : ['type', 'text', 'emoji'],
  );
  report.flag(value.emoji, `${pointer}/emoji`);
  report.flag(value.verbatim, `${pointer}/verbatim`);
}

export function checkOptionalText(
  report: Report,
  value: unknown,
  pointer: string,
  maxChars: number,
  kind: TextKind,
): void {
  if (value !== undefined) checkText(report, value, pointer, maxChars, kind);
}

export function checkConfirm(report: Report, value: unknown, pointer: string): void {
  if (value === undefined || !report.object(value, pointer)) return;
  report.onlyKeys(value, pointer, ['title', 'text', 'confirm', 'deny', 'style']);
  checkText(report, value.title, `${pointer}/title`, 100, 'plain_text');
  checkText(report, value.text, `${pointer}/text`, 300, 'any');
  checkText(report, value.confirm, `${pointer}/confirm`, 30, 'plain_text');
  checkText(report, value.deny, `${pointer}/deny`, 30, 'plain_text');
  report.oneOf(value.style, `${pointer}/style`, ['primary', 'danger']);
}

export interface OptionRules {
  maxOptions: number;
  textKind: TextKind;
  urlAllowed?: boolean;
}

export function checkOption(report: Report, value: unknown, pointer: string, rules: OptionRules): void {
  if (!report.object(value, pointer)) return;
  report.onlyKeys(value, pointer, ['text', 'value', 'description', ...(rules.urlAllowed ? ['url'] : [])]);
  checkText(report, value.text, `${pointer}/text`, 75, rules.textKind);
  // docs.slack.dev has said 150 since 2024, the published types say 75: the stricter of the two is safe with both.
  report.text(value.value, `${pointer}/value`, 75);
  checkOptionalText(report, value.description, `${pointer}/description`, 75, rules.textKind);
  report.url(value.url, `${pointer}/url`);
}

export function checkOptions(report: Report, value: unknown, pointer: string, rules: OptionRules): void {
  if (!report.items(value, pointer, rules.maxOptions)) return;
  value.forEach((option, index) => checkOption(report, option, `${pointer}/${index}`, rules));
}

export function checkOptionGroups(report: Report, value: unknown, pointer: string): void {
  if (!report.items(value, pointer, 100)) return;
  value.forEach((group, index) => {
    const at = `${pointer}/${index}`;
    if (!report.object(group, at)) return;
    report.onlyKeys(group, at, ['label', 'options']);
    checkText(report, group.label, `${at}/label`, 75, 'plain_text');
    checkOptions(report, group.options, `${at}/options`, { maxOptions: 100, textKind: 'plain_text' });
  });
}
