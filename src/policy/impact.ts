import { formatDuration } from '../domain/duration.ts';
import type { Impact } from '../domain/values.ts';
import type { Catalogue, CatalogueEntitlement, CatalogueResource } from '../ports/catalogue.ts';

/**
 * What a request weighs: points for each of its properties that the catalogue gives any, added up, so that whoever
 * asks why can be told. Longer never weighs less. A bundle is weighed by what the catalogue says of the bundle itself.
 */
export function impactOf(
  { impact: weights }: Pick<Catalogue, 'impact'>,
  { id, privilege }: Pick<CatalogueEntitlement, 'id' | 'privilege'>,
  { classification, environment }: Pick<CatalogueResource, 'classification' | 'environment'>,
  durationMs: number,
): Impact {
  const parts = [
    { factor: `classification:${classification}`, points: weights.classification[classification] },
    { factor: `environment:${environment}`, points: own(weights.environment, environment) },
    { factor: `privilege:${privilege}`, points: weights.privilege[privilege] },
    {
      factor: `duration:${formatDuration(durationMs).replaceAll(' ', '')}`,
      points: steps(weights, durationMs),
    },
    { factor: `entitlement:${id}`, points: own(weights.entitlement, id) },
  ].flatMap(({ factor, points = 0 }) => (points === 0 ? [] : [{ factor, points }]));
  return { score: parts.reduce((sum, { points }) => sum + points, 0), parts };
}

/** Names are the catalogue's: `constructor` may be one, and has no points unless it is given some. */
const own = (points: Readonly<Record<string, number>>, name: string): number | undefined =>
  Object.hasOwn(points, name) ? points[name] : undefined;

function steps({ duration }: Catalogue['impact'], durationMs: number): number {
  return duration === null ? 0 : Math.floor(Math.max(0, durationMs) / duration.everyMs) * duration.points;
}
