import { ACTION } from '../../src/chat/intent.ts';
import { loadCatalogue } from '../../src/policy/catalogue.ts';
import { openWorkspace } from '../../src/practice/workspace.ts';
import type { Workspace } from '../../src/workspace/server.ts';
import { answerParent } from './child.ts';
import { APPROVALS_CHANNEL, APPROVERS } from './catalogue.ts';
import type { Card } from './slack-requests.ts';

export type WorkspaceQuestion =
  | { readonly do: 'open'; readonly catalogueFile: string }
  | { readonly do: 'cards' };
export interface Opened {
  readonly signingSecret: string;
  readonly botToken: string;
  readonly slackApiUrl: string;
}

/** Slack's part: in a process of its own, for in life its work is not the bot's either. */
let workspace: Workspace | null = null;

answerParent<WorkspaceQuestion, Opened | readonly Card[]>(async (question) => {
  if (question.do === 'cards') return cards();
  workspace = await openWorkspace(await loadCatalogue(question.catalogueFile), 0, false);
  const { signingSecret, botToken, slackApiUrl } = workspace;
  return { signingSecret, botToken, slackApiUrl };
});

/** Every card that waits for consent, as an approver's client holds it. */
function cards(): readonly Card[] {
  const [approver] = APPROVERS;
  if (workspace === null || approver === undefined) throw new Error('the workspace is not open');
  return workspace
    .as(approver)
    .messages(APPROVALS_CHANNEL)
    .flatMap((message) => {
      const value = buttonOf(message.blocks, ACTION.approve);
      return value === null ? [] : [{ channel: APPROVALS_CHANNEL, message, value }];
    });
}

function buttonOf(value: unknown, action: string): string | null {
  if (typeof value !== 'object' || value === null) return null;
  if ('action_id' in value && value.action_id === action && 'value' in value) return String(value.value);
  for (const inner of Object.values(value)) {
    const found = buttonOf(inner, action);
    if (found !== null) return found;
  }
  return null;
}
