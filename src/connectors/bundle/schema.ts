import { z } from 'zod';
import { connectorSnapshot, type Json, sameJson } from '../../domain/values.ts';
import { LIMITS } from '../../limits.ts';
import { ConnectorFault } from '../../ports/connector.ts';

export const BUNDLE = 'bundle';

const id = z.string().regex(/^[a-z0-9][a-z0-9_:-]{0,99}$/, 'expected the id of an entitlement');

/** The values at which each but the first of several that are alike stands, with the one before it. */
function* alike<T>(items: readonly T[], same: (a: T, b: T) => boolean): Generator<readonly [number, T, T]> {
  for (const [index, item] of items.entries()) {
    const other = items.slice(0, index).find((each) => same(each, item));
    if (other !== undefined) yield [index, item, other];
  }
}

const configPart = z.strictObject({ id, connector: connectorSnapshot });
type ConfigPart = z.infer<typeof configPart>;
const sameTarget = ({ connector: a }: ConfigPart, { connector: b }: ConfigPart): boolean =>
  a.id !== b.id && a.use === b.use && sameJson(a.config, b.config);

/** Where each part leads. */
export const configSchema = z.strictObject({
  parts: z
    .array(configPart)
    .min(1)
    .max(LIMITS.bundlePartsMax)
    .superRefine((parts, ctx) => {
      const wrong = (index: number, message: string) =>
        ctx.addIssue({ code: 'custom', path: [index], message });
      for (const [index, part] of parts.entries())
        if (part.connector.use === BUNDLE) wrong(index, `${part.id} is a bundle itself; name its parts`);
      for (const [index, part] of alike(parts, (a, b) => a.id === b.id))
        wrong(index, `${part.id} stands twice`);
      for (const [index, part, other] of alike(parts, sameTarget))
        wrong(
          index,
          together(part.id, other.id, `${part.connector.id} and ${other.connector.id} are one target`),
        );
    }),
});
export type Config = z.infer<typeof configSchema>;

/** A credential has one name on all its targets, so that whoever finds it knows whose it is: one target, one scope. */
const together = (a: string, b: string, why: string): string =>
  `${b} and ${a}: ${why}, where one credential holds one scope; make one entitlement of the two, or ask for them apart`;

/** What each part gives there. */
export const scopeSchema = z.strictObject({
  parts: z
    .array(z.strictObject({ id, connector: z.string(), scope: connectorSnapshot.shape.config }))
    .min(1)
    .max(LIMITS.bundlePartsMax)
    .superRefine((parts, ctx) => {
      const wrong = (index: number, message: string) =>
        ctx.addIssue({ code: 'custom', path: [index], message });
      for (const [index, part] of alike(parts, (a, b) => a.id === b.id))
        wrong(index, `${part.id} stands twice`);
      for (const [index, part, other] of alike(parts, (a, b) => a.connector === b.connector))
        wrong(index, together(part.id, other.id, `both are on ${part.connector}`));
    }),
});

/** One part: where it leads, and what it gives there. */
export interface Part {
  readonly id: string;
  readonly connector: ConfigPart['connector'];
  readonly scope: Readonly<Record<string, Json>>;
}

/** In the order of the scope. Throws ConnectorFault `invalid` where the two do not speak of the same parts. */
export function partsOf({ parts }: Config, scope: Readonly<Record<string, Json>>): readonly Part[] {
  const parsed = scopeSchema.safeParse(scope);
  if (!parsed.success) {
    const why = parsed.error.issues
      .map((issue) => `${issue.path.join('.') || 'scope'}: ${issue.message}`)
      .join('; ');
    throw new ConnectorFault('invalid', `the scope of a bundle is wrong: ${why.slice(0, 500)}`);
  }
  const given = parsed.data.parts.flatMap((part): Part[] => {
    const connector = parts.find(
      (each) => each.id === part.id && each.connector.id === part.connector,
    )?.connector;
    return connector === undefined ? [] : [{ id: part.id, connector, scope: part.scope }];
  });
  if (given.length === parts.length && given.length === parsed.data.parts.length) return given;
  throw new ConnectorFault(
    'invalid',
    `the scope of a bundle is wrong: its parts must be ${parts.map((part) => part.id).join(', ')}, each on its connector`,
  );
}
