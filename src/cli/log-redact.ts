import type { Order, OrderAnswer } from '../admin.ts';
import { type Config, loadConfig } from '../config.ts';
import { forgettingWords } from '../domain/erasure.ts';
import { PERSONAL_FIELDS } from '../domain/events.ts';
import { JOURNAL_PERSONAL_FIELDS } from '../domain/journal.ts';
import { LIMITS } from '../limits.ts';
import { expectedOneOf } from '../policy/problems.ts';
import { catalogueInForce } from './in-force.ts';
import { CliError, folded, print, utc } from './io.ts';
import { giveOrder, orderBot, refusalOf } from './orders.ts';

export interface LogRedactOptions {
  readonly as: string;
  readonly event?: string;
  readonly field?: string;
  readonly person?: string;
  readonly approve?: string;
  readonly reason?: string;
}

/** `countersign log redact`: one text by an operator, or a whole person by two. */
export async function logRedact(options: LogRedactOptions): Promise<void> {
  const wanted = orderIn(options);
  const config = loadConfig();
  const answer = await (wanted.order === 'approve-erasure'
    ? approve(config, wanted)
    : giveOrder(config, wanted));
  if (answer.kind === 'refused') throw refusalOf(answer);
  const lines =
    answer.kind === 'proposed'
      ? proposed(options, answer, answer.channel ?? (await placeToAgree(config)))
      : told(options, answer);
  for (const line of lines) print(folded(line, 80));
}

/** The channel where a second person agrees, once the bot runs; null: at the command line. */
async function placeToAgree(config: Config): Promise<string | null> {
  return config.chat.kind === 'practice' ? null : (await catalogueInForce(config)).audit.channel;
}

const WAYS = 'expected one of --event with --field, --person, and --approve';

function orderIn({ as, event, field, person, approve, reason }: LogRedactOptions): Order {
  const ways = [event ?? field, person, approve].filter((each) => each !== undefined);
  if (ways.length !== 1) throw new CliError('usage', WAYS);
  if (approve !== undefined) return { order: 'approve-erasure', as, erasure: erasureOf(approve) };
  if (reason === undefined)
    throw new CliError('usage', 'missing --reason: it stays on record, why it was erased');
  if (person !== undefined) return { order: 'propose-erasure', as, person, reason };
  return { order: 'redact', as, index: indexOf(event), field: fieldOf(field), reason };
}

const given = (option: string, text: string | undefined): string =>
  text === undefined ? `missing ${option}` : `${option} ${text.slice(0, 40)}`;

function erasureOf(text: string): string {
  if (/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(text)) return text;
  throw new CliError('usage', `--approve ${text.slice(0, 40)}: expected the id that the proposal printed`);
}

function indexOf(text: string | undefined): number {
  const index = text !== undefined && /^#?\d{1,15}$/.test(text) ? Number(text.replace('#', '')) : Number.NaN;
  if (Number.isSafeInteger(index)) return index;
  throw new CliError('usage', `${given('--event', text)}: expected the index of an event, such as 12`);
}

const FIELDS = [
  ...new Set([...Object.values(PERSONAL_FIELDS), ...Object.values(JOURNAL_PERSONAL_FIELDS)].flat()),
];

function fieldOf(text: string | undefined): string {
  if (text !== undefined && FIELDS.includes(text)) return text;
  throw new CliError('usage', `${given('--field', text)}: ${expectedOneOf(text, FIELDS)}`);
}

/** Beside a stopped bot too: who may agree in chat may not get round it by stopping the bot. */
async function approve(config: Config, wanted: Order): Promise<OrderAnswer> {
  const sent = await orderBot(config, wanted);
  if (sent !== null) return sent;
  const channel = await placeToAgree(config);
  if (channel === null) return giveOrder(config, wanted);
  const refusal = { code: 'agree-in-chat', channel } as const;
  return { kind: 'refused', code: refusal.code, said: forgettingWords(refusal) };
}

function told(options: LogRedactOptions, answer: OrderAnswer): readonly string[] {
  switch (answer.kind) {
    case 'redacted':
      return [
        `Redacted: "${options.field}" of event #${options.event?.replace('#', '')}, on record as #${answer.index}.`,
        FOLLOWS,
      ];
    case 'erased':
      return [`Erased: ${answer.texts} texts, and who they were; on record as #${answer.index}.`, FOLLOWS];
    case 'proposed':
    case 'revoking':
    case 'recorded':
    case 'reverted':
    case 'refused':
      throw new Error(`${answer.kind} is no answer to a redaction`);
  }
}

const DAYS = LIMITS.erasureAgreedWithinMs / (24 * 3_600_000);
const FOLLOWS = 'The files are emptied of it and chat follows by itself, as soon as the bot runs.';

function proposed(
  { person, as }: LogRedactOptions,
  { erasure, goes }: OrderAnswer & { kind: 'proposed' },
  channel: string | null,
): readonly string[] {
  const since = goes.since === null ? '' : `, since ${utc(goes.since)}`;
  return [
    `Proposed: to forget ${person}. What goes: ${goes.texts} texts in all, beside ${goes.requests} requests${since}.`,
    `Id: ${erasure}`,
    channel === null
      ? `Within ${DAYS} days another operator than ${as} agrees:`
      : `Within ${DAYS} days another operator than ${as} agrees with the button in #${channel}.`,
    ...(channel === null ? [`  countersign log redact --as OPERATOR --approve ${erasure}`] : []),
  ];
}
