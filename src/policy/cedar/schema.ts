/**
 * What rules may ask, in Cedar's own words. Absent means not known: `?` marks what a rule must look for first.
 * `level` is the classification as a number: public 0, internal 1, confidential 2, restricted 3.
 */
export const CEDAR_SCHEMA = `
entity Group;
entity Person in [Group] {
  manager?: Person,
  operator: Bool,
} tags String;

entity Project;
entity Resource in [Project];
entity Entitlement in [Resource] {
  resource: Resource,
  environment: String,
  classification: String,
  level: Long,
  privilege: String,
  longestMinutes: Long,
  requesters: Set<Group>,
  owner: Person,
  dataOwner?: Person,
  onCall?: Group,
};

action request, autoApprove, demand, breakGlass, activate, extend, revoke appliesTo {
  principal: Person,
  resource: Entitlement,
  context: {
${contextFields()}  },
};

action approve appliesTo {
  principal: Person,
  resource: Entitlement,
  context: {
    requester?: Person,
    group: String,
${contextFields()}  },
};
`;

/** Cedar cannot extend one record by another. Clock times are those of the access's start, in the resource's zone. */
function contextFields(): string {
  return `    minuteOfDay: Long,
    weekday: Long,
    durationMinutes: Long,
    startsInMinutes: Long,
    freeze: Bool,
    freezes: Set<String>,
    maintenance: Bool,
    maintenances: Set<String>,
    exceptions: Set<String>,
    impact: Long,
    onCall?: Bool,
    incident?: { id: String, severity: Long },
    ticket?: { state: String, assigned: Bool },
    device?: { compliant: Bool },
    network?: { origin: String },
    risk?: Long,
    mfaAgeMinutes?: Long,
`;
}

/** The schema as it counts for a digest: how it is laid out does not. */
export const CANONICAL_SCHEMA = CEDAR_SCHEMA.replace(/\s+/g, ' ').trim();
