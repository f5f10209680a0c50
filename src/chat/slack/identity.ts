import { z } from 'zod';
import type { AccountRef } from '../../ports/directory.ts';

/** Ids as Slack makes them; anything else in their place is not from Slack. */
const id = z.string().regex(/^[A-Z][A-Z0-9]{1,30}$/);

const command = z.object({ user_id: id, team_id: id });
const interaction = z.object({
  user: z.object({ id, team_id: id.optional() }),
  team: z.object({ id }).nullish(),
});

/**
 * Who sent this, by the signed envelope alone: never by a name, a text or a value in it. The person's own workspace
 * is meant: in a channel shared with another company it differs from the channel's.
 */
export function accountOf(body: unknown): AccountRef | null {
  const typed = command.safeParse(body);
  if (typed.success) return { platform: 'slack', team: typed.data.team_id, user: typed.data.user_id };
  const clicked = interaction.safeParse(body);
  if (!clicked.success) return null;
  const team = clicked.data.user.team_id ?? clicked.data.team?.id;
  return team === undefined ? null : { platform: 'slack', team, user: clicked.data.user.id };
}

const event = z.object({ team_id: id, event: z.object({ user: id }) });

/** The person an event is about, where it names one as `user`. */
export function accountOfEvent(body: unknown): AccountRef | null {
  const parsed = event.safeParse(body);
  return parsed.success
    ? { platform: 'slack', team: parsed.data.team_id, user: parsed.data.event.user }
    : null;
}
