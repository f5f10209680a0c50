import { ConnectorFault, type Order, type Provisioned } from '../../ports/connector.ts';
import { Secret } from '../../ports/secret.ts';
import { on, onAll, type Room } from './calls.ts';
import { partsOf } from './schema.ts';

/** What was made of each part goes with the whole, by the part's id, to whoever looks whether it works. */
interface ProvisionedParts extends Provisioned {
  readonly parts: ReadonlyMap<string, Provisioned>;
}

/**
 * In the order of the parts. What fails leaves those before it in place: the whole is tried again, on the same names,
 * or revoked like any other.
 */
export async function provision(
  room: Room,
  order: Order,
  signal: AbortSignal,
  stillWanted?: () => Promise<boolean>,
): Promise<ProvisionedParts> {
  // A scope that its part would refuse is refused before anything is made.
  await onAll(room, order.handle, async (connector, { scope }) => connector.describeScope(scope));
  const made = new Map<string, Provisioned>();
  for (const part of partsOf(room.config, order.handle.scope)) {
    const one = await on(room, order.handle.name, part, (connector, handle) =>
      connector.provision({ ...order, handle }, signal, stillWanted),
    );
    made.set(part.id, one);
  }
  const fields = [...made].flatMap(([id, { secret }]) =>
    secret.expose().map(({ label, value }) => ({ label: `${id} · ${label}`, value })),
  );
  // Every part's secret is in the fingerprint.
  const material = fields.map(({ value }) => value).join('\n');
  return { secret: new Secret(fields), material, parts: made };
}

/** When the first of them was seen; null where one of them cannot be tried. */
export async function verifyActive(
  room: Room,
  order: Order,
  provisioned: Provisioned,
  signal: AbortSignal,
): Promise<number | null> {
  const made = (provisioned as Partial<ProvisionedParts>).parts;
  const seen = await onAll(room, order.handle, async (connector, handle, { id }) => {
    const one = made?.get(id);
    if (one === undefined) throw new ConnectorFault('internal', 'it was not made with the others');
    return connector.verifyActive({ ...order, handle }, one, signal);
  });
  return seen.reduce(earlier);
}

export const earlier = (a: number | null, b: number | null): number | null =>
  a === null || b === null ? null : Math.min(a, b);

/** Of all or none, as far as can be told beforehand; what fails after is tried again, or ends when the grant does. */
export async function extend(room: Room, order: Order, signal: AbortSignal): Promise<void> {
  await onAll(room, order.handle, async ({ manifest }) => {
    if (!manifest.caps.extend)
      throw new ConnectorFault(
        'unsupported',
        `extend ${order.handle.name}: ${manifest.id} cannot; ask again`,
      );
  });
  await onAll(room, order.handle, (connector, handle) => connector.extend({ ...order, handle }, signal));
}
