import { type Chat, ChatFault, type LogAlarm } from '../../ports/chat.ts';
import type { Claim, DueRow } from '../../ports/store.ts';
import { subject } from '../../domain/values.ts';
import type { Deps } from '../deps.ts';
import { backoffMs, cut } from '../retry.ts';
import { peopleOf } from '../view.ts';
import type { WorkResult } from '../work.ts';

/**
 * A message to the log's own channel, as due work. `name` is what it is about: what has not been said of it yet gives
 * way to what is true now. `occasion` tells one outage from the next: of each it is said once.
 */
export function alarmRow(alarm: LogAlarm, name: string, occasion: string, now: number): DueRow {
  const said = 'detail' in alarm ? { ...alarm, detail: cut(alarm.detail), hint: cut(alarm.hint) } : alarm;
  const detail = { ...said, occasion: `log/${alarm.what}/${name}/${occasion}` };
  return { key: `alarm:${name}`, lane: 'chat', kind: 'alarm', stream: 'log', detail, dueAt: now };
}

/** Says it once, however often this is run. Where there is no such channel, the process's own log has it. */
export async function tellOperators(deps: Deps, claim: Claim): Promise<WorkResult> {
  const { clock, jitter } = deps;
  const channel = deps.auditChannel();
  const chat = deps.chats.find(({ platform }) => platform === channel?.platform);
  if (channel === null || chat === undefined) return { kind: 'complete' };
  try {
    await say(deps, chat, channel.conversation, claim);
  } catch (error) {
    if (!(error instanceof ChatFault)) throw error;
    deps.onChatFault(error.code);
    if (error.code === 'throttled' || error.code === 'unreachable')
      return { kind: 'retry', at: clock.now() + backoffMs(claim.attempts, jitter, error.retryAfterMs) };
    deps.logger.error({ channel: channel.key, code: error.code }, 'the channel of the log takes no message');
  }
  return { kind: 'complete' };
}

async function say(deps: Deps, chat: Chat, conversation: string, { detail = {} }: Claim): Promise<void> {
  const to = { conversation, thread: null };
  const key = String(detail['occasion']);
  if ((await chat.find(to, key)) === null)
    await chat.post(to, { kind: 'log-alarm', alarm: await alarmIn(deps, detail) }, key);
}

async function alarmIn(deps: Deps, detail: NonNullable<Claim['detail']>): Promise<LogAlarm> {
  const text = (field: string): string => String(detail[field] ?? '');
  const what = text('what');
  switch (what) {
    case 'failing':
      return { what, name: text('name'), detail: text('detail'), hint: text('hint') };
    case 'working':
      return { what, name: text('name') };
    case 'revoke-only':
      return { what, detail: text('detail'), hint: text('hint') };
    case 'full':
      return { what };
    case 'rules-refused':
      return { what, detail: text('detail'), hint: text('hint'), keeping: text('keeping') };
    case 'rules-loaded': {
      const by = subject.safeParse(text('by'));
      return {
        what,
        digest: text('digest'),
        cause: text('cause') as 'start' | 'changed' | 'reverted',
        changes: text('changes'),
        by: by.success ? (await peopleOf(deps)(by.data)).name : '',
      };
    }
    case 'rules-working':
      return { what, digest: text('digest') };
    default:
      throw new Error(`no such alarm: ${what}`);
  }
}
