/** Every number that bounds something, with its unit in its name. A room that needs a new one adds it here. */
export const LIMITS = {
  /** Longest justification: what fits an approvers' card whole, after escaping. */
  justificationMaxChars: 1_500,
  reasonMaxChars: 500,
  ticketMaxChars: 100,
  /** How far ahead a request may be scheduled. */
  startAheadMaxMs: 30 * 24 * 3_600_000,
  refusedAttemptsPerRequestMax: 50,
  /** What one person may have open at once, and ask for within an hour: the approvers' channel belongs to all. */
  openRequestsPerPersonMax: 40,
  requestsPerPersonHourMax: 60,
  /** Refusals by the rules that are put on record: so many of one person in an hour, the same one once in this time. */
  refusalsRecordedPerPersonHour: 20,
  refusalRecordedOnceMs: 10 * 60_000,

  /** A leaf of the log (C2SP). */
  leafMaxBytes: 65_535,
  eventsPerCommitMax: 32,

  httpBodyMaxBytes: 1_048_576,
  httpHeadersTimeoutMs: 5_000,
  httpRequestTimeoutMs: 10_000,
  /** From the request to the answer, for the routes that are ours. */
  httpAnswerTimeoutMs: 10_000,
  httpIdleTimeoutMs: 5_000,
  httpConnectionsMax: 1_000,
  /** How long one check of /readyz may take. */
  readinessTimeoutMs: 2_000,
  secretFileMaxBytes: 65_536,

  /** What an identity provider may push; each is held in memory at times. */
  scimUsersMax: 20_000,
  scimGroupsMax: 1_000,
  scimMembersMax: 5_000,
  scimAccountsMax: 20,
  scimOperationsMax: 1_000,
  scimTextMaxChars: 256,
  scimFilterMaxChars: 1_000,
  scimPageMax: 200,

  /** One logged value: deeper, wider and longer is cut. */
  logDepthMax: 6,
  logNodesMax: 500,
  logTextMaxChars: 8_192,

  /** Slack's signature window, on both sides of now. */
  signatureWindowMs: 5 * 60_000,
  replayCacheMax: 50_000,
  /** How long a write waits for another program's lock on the database, with the whole process standing still. */
  storeBusyTimeoutMs: 200,
  projectionBatchMax: 500,
  claimMax: 500,
  leavesMax: 1_000,
  /** Nodes of the tree in one call; a proof takes at most 63. */
  treeNodesMax: 1_000,
  /** Events that a search looks at before it lets others have their turn. */
  logScanBatchMax: 10_000,
  /** Unwrapped keys of people kept in memory. */
  subjectKeysRememberedMax: 1_000,
  /** Fits an event of forgetting into a leaf. */
  redactionTargetsPerEventMax: 400,
  /** Disclosures that one call forgets by age. */
  retentionBatchMax: 2_000,
  /** Events that one search of the log answers. */
  logSearchMax: 1_000,

  /** A click must be answered within 3 s; look-ups before its commit get this much of it. */
  standingTimeoutMs: 1_500,
  standingFreshMs: 60_000,
  chatCallTimeoutMs: 10_000,
  /** Slack gives up at 3 s: what is not known by then is told afterwards. */
  acknowledgeWithinMs: 2_400,
  /** How long a click waits for its dialog before an empty one is opened in its place. */
  dialogPatienceMs: 300,
  /** Tries to put a revealed secret before its owner; it is shown once. */
  revealShowAttemptsMax: 4,
  eventsRememberedMax: 20_000,
  conversationsRememberedMax: 10_000,
  standingsRememberedMax: 10_000,
  offersMax: 100,
  /** People of one request who are asked by a message of their own; the others see it in their home. */
  askedDirectlyMax: 50,
  findPagesMax: 5,

  connectorCallTimeoutMs: 30_000,
  provisionAttemptsMax: 5,
  retryBaseMs: 500,
  retryCapMs: 30_000,
  /** A target that is back is rid of what has ended within 5 s. */
  revocationRetryCapMs: 4_000,
  /** Failed revocations before people are alarmed; trying never stops. */
  revocationEscalateAfter: 3,

  /** How long a claim on due work is held before another may take it. */
  claimHoldMs: 60_000,
  pollMs: 1_000,
  revocationConcurrency: 16,
  accessConcurrency: 8,
  chatConcurrency: 8,
  logConcurrency: 4,
  followConcurrency: 4,

  /** Of the log's name, how many keys may sign it at once, and how many may ever have. */
  originMaxChars: 200,
  logKeysSigningMax: 8,
  logKeysMax: 100,
  /** What happens within one window shares a signed head, which is due at the window's end. */
  sealWindowMs: 4_000,
  sealAtLeastEveryMs: 3_600_000,
  anchorTimeoutMs: 10_000,
  anchorAnswerMaxBytes: 65_536,
  /** Failures in a row before people are alarmed, after about a minute; trying never stops. */
  anchorAlarmAfter: 8,
  /** Heads that one anchor is asked for at start, and how often it is asked again when it could not be. */
  anchorHeldMax: 400,
  anchorHeldTimeoutMs: 60_000,
  anchorAskAgainMs: 30_000,
  /** How long a stop waits for the last head to leave. */
  anchorLastWordMs: 5_000,
  /** An anchor's newest receipt may lag this far behind before `doctor` calls it old. */
  anchorOldMs: 2 * 3_600_000,

  /** How long a proposal to forget someone waits for another operator to agree. */
  erasureAgreedWithinMs: 7 * 24 * 3_600_000,
  retentionEveryMs: 24 * 3_600_000,
  /** Redactions of one classification before other work of the log gets its turn. */
  retentionRoundsMax: 50,
  /** Names of credentials that one event of drift holds. */
  driftNamesMax: 200,
  /** Tries to empty the write-ahead log before people are alarmed; trying never stops. */
  scrubAlarmAfter: 5,

  /** Receipts of anchors that are looked through for those that cover a request. */
  evidenceReceiptsMax: 500,
  /** A link to evidence: how long it is good, and how many may be open at once. */
  evidenceLinkMs: 5 * 60_000,
  evidenceLinksMax: 100,

  /** What a follower of the log is given at once: so many events, and so many bytes of leaves, but one at least. */
  streamBatchMax: 200,
  streamBatchMaxBytes: 262_144,
  streamTimeoutMs: 20_000,
  /** How soon a follower that has everything is looked after again. */
  streamPollMs: 1_000,
  /** One event as a SIEM is sent it: a leaf, each of its characters escaped at the worst, and what is told beside it. */
  siemLineMaxBytes: 524_288,
  /** Longest rest that an endpoint may ask for. */
  siemRetryAfterMaxMs: 600_000,

  /** Rows of one report, or requests it looks at: they are held in memory, about a gigabyte of so many. */
  reportRowsMax: 100_000,
  /** Events that a report reads at a time; receipts of anchors that it looks at, the newest. */
  reportBatchEvents: 500,
  reportReceiptsMax: 50_000,
  /** Rows of a report that bring their proof. */
  reportProofsMax: 25,
  /** Absence proven later than this after it was due is an exception in a report. */
  removalLateMs: 60_000,
  /** What nobody used for so long is an exception in a report. */
  unusedAfterMs: 90 * 24 * 3_600_000,

  /** How long a source of facts may take: what is not known by then is not known. */
  signalTimeoutMs: 1_000,

  /** How often the folder of rules is looked at; one that was refused is tried again after the longer time. */
  rulesPollMs: 3_000,
  rulesRetryMs: 60_000,
  /** Files of a folder of rules that are looked at for changes, and bytes of each. */
  rulesFilesMax: 1_000,
  rulesFileMaxBytes: 4 * 1_048_576,
  /** Versions that are kept; those in force come on top. */
  rulesVersionsMax: 200,
  /** Of each kind that the record of a change names, and problems that it tells of a refused one. */
  rulesChangesMax: 100,
  rulesProblemsTold: 3,
  /** Fewest digits that name a version. */
  rulesPrefixMinChars: 6,
  /** Grants that a change of the rules is held against before other work gets its turn. */
  rulesCheckBatch: 50,
  gitTimeoutMs: 5_000,
  gitAnswerMaxBytes: 65_536,

  listMax: 200,
  drainMs: 20_000,

  /** The catalogue is read whole at start. Nodes are counted after aliases have been followed. */
  catalogueMaxBytes: 1_048_576,
  catalogueNodesMax: 200_000,
  catalogueDepthMax: 16,
  catalogueAliasesMax: 100,
  catalogueProblemsMax: 50,
  groupMembersMax: 1_000,
  groupIncludesMax: 50,
  attributesPerPersonMax: 20,
  attributeMaxChars: 100,
  /** What another source calls a group or person. */
  sourceNameMaxChars: 200,
  consequencesMax: 5,
  consequenceMaxChars: 200,
  bundlePartsMax: 10,
  impactPointsMax: 1_000,
  /** Resources, or environments, that one calendar names. */
  calendarScopeMax: 200,
  calendarRuleMaxChars: 300,
  /** A folder of rules: its policies and calendars. */
  policyFilesMax: 200,
  policyFileMaxBytes: 262_144,
  calendarFilesMax: 50,
  calendarFileMaxBytes: 1_048_576,
  /** Events of one file, those of them that recur, and the times that one event adds or leaves out. */
  calendarEventsMax: 1_000,
  calendarRulesMax: 200,
  calendarDatesMax: 1_000,
  /** Of a rule: how often it may begin something a day, how far apart, how often at all, and how long each lasts. */
  calendarTimesPerDayMax: 24,
  calendarIntervalMax: 1_000,
  calendarCountMax: 1_000,
  calendarRecurringLongestMs: 92 * 24 * 3_600_000,
  /** Longest window that a calendar is asked about. */
  calendarWindowMaxMs: 400 * 24 * 3_600_000,
  /** Months of a rule that are kept worked out. */
  calendarMonthsRememberedMax: 64,
  /** Stretches of a zone between two changes of its clock that are remembered: two a year. */
  zoneStretchesRememberedMax: 64,
  stagesMax: 5,
  quorumMax: 10,
  durationsOfferedMax: 20,
  retentionLongestDays: 3_650,
  grantLongestMs: 30 * 24 * 3_600_000,
  /** Slack cuts an option's text at 75. */
  titleMaxChars: 75,
  descriptionMaxChars: 500,
  templateMaxChars: 500,
  searchQueryMaxChars: 100,
  /** What a scope gives, in words: whole in a field of a card (1,900), each character escaped to five. */
  scopeWordsMaxChars: 380,

  /** Cases of `policy test`. */
  policyCaseNameMaxChars: 120,
  policyCaseSaysMaxChars: 200,
  policyCasesPerFileMax: 2_000,
  /** Questions that a comparison of two folders puts to each of them. */
  policyGridQuestionsMax: 10_000,
  policyGridLiteralsMax: 12,
  /** Differences of one kind that are listed one by one. */
  policyListedMax: 50,
  gateExceptionsMax: 100,

  /** Cedar's policies, all files together. */
  policiesMax: 2_000,
  policyMaxChars: 8_192,
  /** Brackets open at once in a text; lists and objects in one another in Cedar's JSON of it. More overflow its stack. */
  policyNestingMax: 20,
  policyDepthMax: 72,
  policySaysMaxChars: 200,
  /** Sets that Cedar keeps parsed, one an action: of the rules in force, those before them, two that are compared. */
  policySetsPreparsedMax: 32,
  /** Groups that cannot be told, for which a question is asked both ways: two to this power. */
  policyUntoldGroupsMax: 4,

  /** One group of an LDAP server or of Slack: how long reading it may take, one call of it, and how many it may have. */
  groupReadTimeoutMs: 10_000,
  ldapCallTimeoutMs: 5_000,
  sourceMembersMax: 20_000,
  /** Reading every group once; what has not had its turn by then is first in the next round. */
  groupRoundTimeoutMs: 240_000,

  /** Connections of one PostgreSQL target's pool; probes of a login come on top. */
  postgresPoolMax: 8,
  postgresConnectTimeoutMs: 5_000,
  postgresStatementTimeoutMs: 10_000,
  /** How long a session of ours may sit on a lock without a word, as when this process is paused. */
  postgresIdleHoldMs: 10_000,
  postgresIdleConnectionMs: 10_000,
  /** How often a revocation kills and looks again before it reports a session or object that will not go. */
  postgresRevokeRoundsMax: 10,
  sessionEndWaitMs: 5_000,
  leftoversMax: 50,
  ownedListMax: 10_000,
  clockSkewWarnMs: 2_000,
  clockSkewErrorMs: 60_000,
  /** Longest life of a signed token: it cannot be called back from someone who checks it offline. */
  tokenLifetimeMaxMs: 12 * 3_600_000,
  tokenMaxChars: 8_192,
  connectorsOpenMax: 64,
} as const;
