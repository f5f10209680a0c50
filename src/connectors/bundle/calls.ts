import type { Handle } from '../../domain/values.ts';
import type { Connector, ConnectorContext } from '../../ports/connector.ts';
import { allOf, faultOf } from './faults.ts';
import { type Config, type Part, partsOf } from './schema.ts';

/** What every call of one bundle needs. */
export interface Room {
  readonly config: Config;
  readonly context: ConnectorContext;
}

type Work<T> = (connector: Connector, handle: Handle, part: Part) => Promise<T>;

/** Does it to one part; what it throws says which. */
export async function on<T>({ context }: Room, name: string, part: Part, work: Work<T>): Promise<T> {
  const { id, connector, scope } = part;
  try {
    return await work(await context.open(connector), { name, scope, connector }, part);
  } catch (error) {
    throw faultOf(id, error);
  }
}

/** To all parts at once, so that one which does not answer keeps nothing from the others. */
export const onAll = async <T>(room: Room, { name, scope }: Handle, work: Work<T>): Promise<readonly T[]> =>
  allOf(await Promise.allSettled(partsOf(room.config, scope).map((part) => on(room, name, part, work))));
