/** Every number that bounds something, with its unit in its name. A room that needs a new one adds it here. */
export const LIMITS = {
  /** Longest justification: what fits an approvers' card whole, after escaping. */
  justificationMaxChars: 1_500,
  reasonMaxChars: 500,
  ticketMaxChars: 100,
  /** How far ahead a request may be scheduled. */
  startAheadMaxMs: 30 * 24 * 3_600_000,
  refusedAttemptsPerRequestMax: 50,
  extensionExtraMinMs: 1_000,

  /** A leaf of the log (C2SP). */
  leafMaxBytes: 65_535,
  eventsPerCommitMax: 32,
  eventsPerStreamMax: 5_000,

  httpBodyMaxBytes: 1_048_576,
  /** Slack's signature window, on both sides of now. */
  signatureWindowMs: 5 * 60_000,
  replayCacheMax: 50_000,
  /** A click must be answered within 3 s; look-ups before its commit get this much of it. */
  standingTimeoutMs: 1_500,
  standingFreshMs: 60_000,
  chatCallTimeoutMs: 10_000,

  connectorCallTimeoutMs: 30_000,
  provisionAttemptsMax: 5,
  retryBaseMs: 500,
  retryCapMs: 30_000,
  /** Failed revocations before people are alarmed; trying never stops. */
  revocationEscalateAfter: 3,

  /** How long a claim on due work is held before another may take it. */
  claimHoldMs: 60_000,
  pollMs: 1_000,
  revocationConcurrency: 16,
  accessConcurrency: 8,
  chatConcurrency: 8,

  /** Time a sealed secret waits for its owner before it is shredded at the latest (also at the grant's end). */
  listMax: 200,
  drainMs: 20_000,
} as const;
