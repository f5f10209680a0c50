/** A place that knows groups and can be asked: an LDAP server, Slack. */
export interface GroupReader {
  /** As `GroupSource` calls it. */
  readonly name: 'ldap' | 'slack';
  /**
   * The group's members now, all of them, in the source's own names as `GroupSnapshot` has them. Null: the source says
   * that there is no such group; anything less certain is a fault. Throws GroupReadFault alone, and soon after `signal`
   * aborts.
   */
  read(group: string, signal: AbortSignal): Promise<readonly string[] | null>;
}

export class GroupReadFault extends Error {
  /**
   * `unreachable`: it does not answer now. `denied`: it will not have us at all. `refused`: it does not tell us of this
   * group, or tells what we cannot use; of others it may.
   */
  readonly code: 'unreachable' | 'denied' | 'refused';
  readonly hint: string;
  constructor(code: GroupReadFault['code'], message: string, hint: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'GroupReadFault';
    this.code = code;
    this.hint = hint;
  }
}

/** The work's answer, or a fault as soon as `signal` aborts; `what` is the source, in words. */
export async function inTime<T>(signal: AbortSignal, what: string, work: () => Promise<T>): Promise<T> {
  const late = (): GroupReadFault =>
    new GroupReadFault(
      'unreachable',
      `${what} did not answer in time`,
      'It is asked again in the next round.',
    );
  if (signal.aborted) throw late();
  let stop = (): void => {};
  const aborted = new Promise<never>((_, reject) => {
    stop = () => reject(late());
    signal.addEventListener('abort', stop, { once: true });
  });
  try {
    return await Promise.race([work(), aborted]);
  } finally {
    signal.removeEventListener('abort', stop);
  }
}
