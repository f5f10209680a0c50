import { createHmac, randomUUID } from 'node:crypto';
import { ACTION, DIALOG } from '../../src/chat/intent.ts';
import type { StoredMessage } from '../../src/workspace/server.ts';
import type { Flow } from './world.ts';

/** One request as it goes over the wire. */
export interface Raw {
  readonly body: string;
  readonly headers: Readonly<Record<string, string>>;
}

export interface Signing {
  readonly secret?: string;
  /** How far from now the time-stamp lies. */
  readonly offsetS?: number;
}

export function signed(flow: Flow, body: string, { secret, offsetS = 0 }: Signing = {}): Raw {
  const timestamp = String(Math.floor(flow.clock.now() / 1_000) + offsetS);
  const mac = createHmac('sha256', secret ?? flow.workspace.signingSecret);
  return {
    body,
    headers: {
      'content-type': 'application/x-www-form-urlencoded',
      'x-slack-request-timestamp': timestamp,
      'x-slack-signature': `v0=${mac.update(`v0:${timestamp}:${body}`).digest('hex')}`,
    },
  };
}

/** The bytes of a click on a button in #db-approvals, whatever that button's message says by now. */
export function clickBody(
  user: string,
  action: string,
  value: string,
  { team = 'T0COUNTER', channel = 'C0DBAPPROVALS' } = {},
): string {
  const payload = {
    type: 'block_actions',
    user: { id: user, username: 'x', name: 'x', team_id: team },
    team: { id: team, domain: 'counter' },
    api_app_id: 'A0COUNTERSIGN',
    token: 'deprecated',
    trigger_id: `1.1.${randomUUID()}`,
    container: { type: 'message', message_ts: '1.000001', channel_id: channel, is_ephemeral: false },
    channel: { id: channel, name: 'db-approvals' },
    actions: [{ type: 'button', action_id: action, block_id: 'b', action_ts: '1.000002', value }],
  };
  return new URLSearchParams({ payload: JSON.stringify(payload) }).toString();
}

/** The bytes of a submitted denial, as the dialog behind the button would send them. */
export function denialBody(user: string, value: string, reason: string): string {
  const view = {
    id: 'V0DENIAL',
    hash: '1.x',
    type: 'modal',
    callback_id: DIALOG.deny,
    private_metadata: value,
    state: { values: { reason: { [ACTION.reason]: { type: 'plain_text_input', value: reason } } } },
    blocks: [],
  };
  const payload = {
    type: 'view_submission',
    user: { id: user, username: 'x', name: 'x', team_id: 'T0COUNTER' },
    team: { id: 'T0COUNTER', domain: 'counter' },
    api_app_id: 'A0COUNTERSIGN',
    token: 'deprecated',
    trigger_id: `1.1.${randomUUID()}`,
    view,
  };
  return new URLSearchParams({ payload: JSON.stringify(payload) }).toString();
}

export function commandBody(user: string, text: string, team = 'T0COUNTER'): string {
  return new URLSearchParams({
    command: '/elevate',
    text,
    user_id: user,
    team_id: team,
    channel_id: 'C0GENERAL',
    trigger_id: `1.1.${randomUUID()}`,
    api_app_id: 'A0COUNTERSIGN',
    token: 'deprecated',
  }).toString();
}

export async function send(flow: Flow, { body, headers }: Raw): Promise<{ status: number; text: string }> {
  const response = await fetch(`${flow.bot.url}/slack/events`, { method: 'POST', body, headers });
  return { status: response.status, text: await response.text() };
}

/** The value that a message's button carries. */
export function valueOf({ blocks = [] }: StoredMessage, action: string): string {
  const buttons = blocks.flatMap((block) => ('elements' in block ? (block.elements as Button[]) : []));
  const value = buttons.find((button) => button.action_id === action)?.value;
  if (value === undefined) throw new Error(`no button ${action} there`);
  return value;
}

interface Button {
  readonly action_id?: string;
  readonly value?: string;
}
