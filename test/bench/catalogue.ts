/** Entitlements of the bench's catalogue. */
export const CONSENTED = 'orders-db:read';
export const AUTOMATIC = 'orders-db:look';
export const WARN_MS = 60_000;
export const APPROVERS: readonly string[] = ['U0DBA1', 'U0DBA2'];
export const APPROVALS_CHANNEL = 'C0APPROVALS';
export const TEAM = 'T0COUNTER';

/** How many people there are to ask, each with an account of their own. */
export const PEOPLE = 900;
export const accountOf = (person: number): string => `U0P${person}`;

/**
 * As in the example, with many people: one entitlement that two approvers must consent to, and one that is given at
 * once, each with a channel of its own.
 */
export function catalogueText(): string {
  const keys = Array.from({ length: PEOPLE }, (_, index) => `p${index}`);
  const people = keys.map((key, i) => `  ${key}: { name: Person ${i}, ${slack(accountOf(i))} }`);
  const approvers = APPROVERS.map((user, i) => `  dba${i}: { name: Approver ${i}, ${slack(user)} }`);
  return `
version: 1
zone: Europe/Vienna
slack: { teams: [${TEAM}] }
people:
${[...people, ...approvers].join('\n')}
groups:
  askers: { title: Developers, members: [${keys.join(', ')}] }
  dba: { title: Database administrators, members: [dba0, dba1], channel: approvals }
channels:
  approvals: { slack: ${APPROVALS_CHANNEL} }
  log: { slack: C0LOG }
connectors:
  shop-postgres: { use: postgres-role, config: { admin: 'env:SHOP_ADMIN_URL' } }
resources:
  orders-db:
    title: Orders database
    connector: shop-postgres
    environment: production
    classification: internal
    owner: dba0
    channel: approvals
  orders-replica:
    title: Orders database (replica)
    connector: shop-postgres
    environment: production
    classification: internal
    owner: dba0
    channel: log
entitlements:
  ${CONSENTED}:
    title: Read the orders database
    description: Select on every table of the shop, for looking into a customer's problem.
    resource: orders-db
    scope: { database: shop, role: shop_ro }
    longest: 4h
    requesters: [askers]
    stages: [{ name: DBA, group: dba, quorum: 2 }]
    justification: { minimum: 20 }
  ${AUTOMATIC}:
    title: Look at the replica
    description: Select on every table of the shop's replica.
    resource: orders-replica
    scope: { database: shop, role: shop_ro }
    longest: 10m
    warn: ${WARN_MS / 60_000}m
    requesters: [askers]
    approval: automatic
`;
}

const slack = (user: string): string => `accounts: { slack: ${TEAM}/${user} }`;
