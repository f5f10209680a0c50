import { z } from 'zod';
import { LIMITS } from '../../limits.ts';
import { ChatFault } from '../../ports/chat.ts';
import type { Clock } from '../../ports/clock.ts';
import type { AccountRef, Standing } from '../../ports/directory.ts';
import type { SlackWeb } from './web.ts';

/** Whether accounts may decide anything now, by Slack's own word; remembered for a minute. */
export interface Standings {
  of(account: AccountRef): Promise<Standing>;
  /** The reader's zone if it is known without asking. */
  zoneOf(account: AccountRef): string | null;
  forget(user: string): void;
  forgetAll(): void;
}

const userInfo = z.object({
  user: z.object({
    id: z.string(),
    team_id: z.string(),
    deleted: z.boolean().optional(),
    is_bot: z.boolean().optional(),
    is_restricted: z.boolean().optional(),
    is_ultra_restricted: z.boolean().optional(),
    is_stranger: z.boolean().optional(),
    tz: z.string().optional(),
    enterprise_user: z.object({ teams: z.array(z.string()).optional() }).optional(),
  }),
});
type User = z.infer<typeof userInfo>['user'];

/** `teams`: the workspaces whose members may take part; empty means nobody. */
export function createStandings(
  web: SlackWeb,
  clock: Clock,
  teams: () => Promise<readonly string[]>,
): Standings {
  const known = new Map<string, { readonly standing: Standing; readonly until: number }>();
  let epoch = 0;

  const fetchStanding = async (account: AccountRef): Promise<Standing> => {
    try {
      if (!(await teams()).includes(account.team)) return { kind: 'refused', why: 'other-workspace' };
      const answer = userInfo.safeParse(await web.call('users.info', { user: account.user }));
      return answer.success ? standingOf(answer.data.user, account) : { kind: 'unavailable' };
    } catch (error) {
      const unknown = error instanceof ChatFault && error.message.endsWith('user_not_found');
      return unknown ? { kind: 'refused', why: 'unknown' } : { kind: 'unavailable' };
    }
  };

  return {
    async of(account) {
      const key = keyOf(account);
      const kept = known.get(key);
      if (kept !== undefined && kept.until > clock.now()) return kept.standing;
      const asked = epoch;
      const standing = await fetchStanding(account);
      // An answer that was on its way when something changed is used once and not kept.
      if (standing.kind === 'unavailable' || asked !== epoch) return standing;
      if (known.size >= LIMITS.standingsRememberedMax) known.clear();
      known.set(key, { standing, until: clock.now() + LIMITS.standingFreshMs });
      return standing;
    },
    zoneOf(account) {
      const standing = known.get(keyOf(account))?.standing;
      return standing?.kind === 'member' ? standing.zone : null;
    },
    forget(user) {
      epoch += 1;
      for (const key of known.keys()) if (key.endsWith(`/${user}`)) known.delete(key);
    },
    forgetAll() {
      epoch += 1;
      known.clear();
    },
  };
}

const keyOf = (account: AccountRef): string => `${account.team}/${account.user}`;

function standingOf(user: User, account: AccountRef): Standing {
  const homes = [user.team_id, ...(user.enterprise_user?.teams ?? [])];
  if (user.id !== account.user) return { kind: 'unavailable' };
  if (user.deleted === true) return { kind: 'refused', why: 'deleted' };
  if (user.is_bot === true || user.id === 'USLACKBOT') return { kind: 'refused', why: 'bot' };
  if (user.is_stranger === true) return { kind: 'refused', why: 'stranger' };
  if (!homes.includes(account.team)) return { kind: 'refused', why: 'other-workspace' };
  if (user.is_restricted === true || user.is_ultra_restricted === true)
    return { kind: 'refused', why: 'guest' };
  return { kind: 'member', zone: user.tz ?? 'UTC' };
}
