import { createContext } from 'preact';
import { useContext, useState } from 'preact/hooks';
import { stateOf } from '../inputs.ts';
import type { Where } from '../page-actions.ts';
import type { Block, StateValue, StateValues } from '../wire.ts';
import { useSession } from './client.ts';

/** Values entered and not yet sent, by view id or message ts: they outlive a redraw and an update by the app. */
const drafts = new Map<string, StateValues>();

export interface Surface {
  where: Where;
  /** What each field shows now: entered, else initial. */
  values: StateValues;
  entered: StateValues;
  errors: Record<string, string>;
  /** Stores a value; `tell` sends block_actions. */
  enter: (blockId: string, actionId: string, value: StateValue, tell: boolean) => void;
  press: (blockId: string, actionId: string, option?: string) => Promise<void>;
}

const SurfaceContext = createContext<Surface | undefined>(undefined);
export const SurfaceProvider = SurfaceContext.Provider;

export function useSurface(): Surface {
  const surface = useContext(SurfaceContext);
  if (!surface) throw new Error('no surface around this block');
  return surface;
}

export function useNewSurface(
  where: Where,
  blocks: readonly Block[],
  errors: Record<string, string> = {},
): Surface {
  const { act, toast } = useSession();
  const [, redraw] = useState(0);
  const key = 'view' in where ? where.view : `${where.channel}:${where.ts}`;
  const entered = drafts.get(key) ?? {};
  const report = (result: { ok: boolean; shown?: string; message?: string }) => {
    if (!result.ok) toast(result.shown ?? result.message ?? 'That did not work.');
  };
  return {
    where,
    entered,
    errors,
    values: stateOf(blocks, entered),
    enter(blockId, actionId, value, tell) {
      const next = { ...drafts.get(key) };
      next[blockId] = { ...next[blockId], [actionId]: value };
      drafts.set(key, next);
      redraw((count) => count + 1);
      if (tell) void act({ do: 'enter', where, blockId, actionId, value, values: next }).then(report);
    },
    async press(blockId, actionId, option) {
      const values = drafts.get(key) ?? {};
      report(
        await act({
          do: 'press',
          where,
          blockId,
          actionId,
          values,
          ...(option === undefined ? {} : { option }),
        }),
      );
    },
  };
}

export function forgetDraft(viewId: string): void {
  drafts.delete(viewId);
}
