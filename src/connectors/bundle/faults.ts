import type { FaultClass } from '../../domain/values.ts';
import { ConnectorFault } from '../../ports/connector.ts';

/** The first of these that any part met is the bundle's: trying again helps the less the further ahead it stands. */
const WORST_FIRST: readonly FaultClass[] = [
  'invalid',
  'unsupported',
  'internal',
  'auth',
  'conflict',
  'throttled',
  'unreachable',
];

/** What a part threw, with the part's id before it. What is no ConnectorFault is a defect of its connector. */
export function faultOf(id: string, error: unknown): ConnectorFault {
  const message = `${id}: ${error instanceof Error ? error.message : 'it failed'}`;
  if (!(error instanceof ConnectorFault)) return new ConnectorFault('internal', message, { cause: error });
  const { retryAfterMs } = error;
  return new ConnectorFault(error.code, message, {
    cause: error,
    ...(retryAfterMs !== undefined && { retryAfterMs }),
  });
}

/** What every part answered, in their order; throws the worst fault, which tells of all of them. */
export function allOf<T>(settled: readonly PromiseSettledResult<T>[]): readonly T[] {
  const faults = settled.flatMap((each) =>
    each.status === 'fulfilled'
      ? []
      : [each.reason instanceof ConnectorFault ? each.reason : faultOf('a part', each.reason)],
  );
  const code = WORST_FIRST.find((each) => faults.some((fault) => fault.code === each));
  if (code !== undefined) throw together(code, faults);
  return settled.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : []));
}

function together(code: FaultClass, faults: readonly ConnectorFault[]): ConnectorFault {
  const [first] = faults;
  if (first !== undefined && faults.length === 1) return first;
  const waits = faults.flatMap(({ retryAfterMs }) => retryAfterMs ?? []);
  return new ConnectorFault(code, faults.map(({ message }) => message).join('; '), {
    cause: new AggregateError(faults, 'several parts failed'),
    ...(waits.length > 0 && { retryAfterMs: Math.max(...waits) }),
  });
}
