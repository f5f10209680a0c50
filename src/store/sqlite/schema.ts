import { sql } from 'drizzle-orm';
import {
  blob,
  check,
  index,
  integer,
  primaryKey,
  sqliteTable,
  text,
  uniqueIndex,
} from 'drizzle-orm/sqlite-core';

/** The one row that says how long the log is and which fence was given out last. */
export const logHead = sqliteTable(
  'log_head',
  {
    id: integer().primaryKey(),
    size: integer().notNull(),
    fence: integer().notNull(),
    /** The shape of the projections that are stored; another one means: rebuild. */
    projection: integer().notNull(),
    /** The roots of the largest complete subtrees of the log, largest first: what its next head follows from. */
    frontier: blob({ mode: 'buffer' }).notNull().default(sql`x''`),
  },
  (table) => [check('log_head_one_row', sql`${table.id} = 1`)],
);

/** The log: `bytes` are the leaf as it was hashed, `leaf` its hash. Triggers refuse any UPDATE and DELETE. */
export const events = sqliteTable(
  'events',
  {
    index: integer('log_index').primaryKey(),
    stream: text().notNull(),
    version: integer().notNull(),
    bytes: blob({ mode: 'buffer' }).notNull(),
    leaf: blob({ mode: 'buffer' }).notNull(),
  },
  (table) => [uniqueIndex('events_stream_version').on(table.stream, table.version)],
);

/** Complete subtrees of 2^level leaves, of levels 8, 16, 24 and on: the hashes of C2SP tiles above the lowest. */
export const treeNodes = sqliteTable(
  'tree_nodes',
  {
    level: integer().notNull(),
    index: integer('node_index').notNull(),
    hash: blob({ mode: 'buffer' }).notNull(),
  },
  (table) => [primaryKey({ columns: [table.level, table.index] })],
);

/**
 * The only table with personal text of events, sealed under the key of `subject`. A redacted row stays, its `sealed`
 * empty: SQLite overwrites what shrinks in its place, but of rows that it moves when others are deleted it may leave
 * copies in the gaps of pages, secure_delete or not.
 */
export const disclosures = sqliteTable(
  'disclosures',
  {
    index: integer('log_index')
      .notNull()
      .references(() => events.index),
    field: text().notNull(),
    subject: text().notNull(),
    sealed: blob({ mode: 'buffer' }).notNull(),
  },
  (table) => [primaryKey({ columns: [table.index, table.field] })],
);

/** Each person's key, sealed under the installation's: without it nothing of theirs opens. */
export const subjectKeys = sqliteTable('subject_keys', {
  subject: text().primaryKey(),
  wrapped: blob({ mode: 'buffer' }).notNull(),
});

export const due = sqliteTable(
  'due',
  {
    key: text().primaryKey(),
    lane: text({ enum: ['revocation', 'access', 'chat', 'log', 'follow'] }).notNull(),
    kind: text().notNull(),
    stream: text().notNull(),
    detail: text(),
    dueAt: integer('due_at').notNull(),
    fence: integer().notNull(),
    attempts: integer().notNull(),
    /** 0: nobody holds it. */
    claimedUntil: integer('claimed_until').notNull(),
  },
  (table) => [index('due_lane_due_at').on(table.lane, table.dueAt)],
);

/**
 * Projection: `state` is the folded stream as JSON, the other columns are what is searched by. Its key is the log
 * index of the stream's first event, which each index ends with, so that newest first costs no sort.
 */
export const requests = sqliteTable(
  'requests',
  {
    firstIndex: integer('first_index').primaryKey(),
    stream: text().notNull().unique(),
    requester: text().notNull(),
    entitlement: text().notNull(),
    phase: text().notNull(),
    state: text().notNull(),
  },
  (table) => [
    index('requests_requester').on(table.requester),
    index('requests_phase').on(table.phase),
    index('requests_entitlement').on(table.entitlement),
  ],
);

/** Projection: every name a credential was ever to have, and the request it belongs to. */
export const credentials = sqliteTable('credentials', {
  name: text().primaryKey(),
  stream: text().notNull(),
});

export const secrets = sqliteTable('secrets', {
  request: text().primaryKey(),
  generation: integer().notNull(),
  sealed: blob({ mode: 'buffer' }).notNull(),
});

export const posted = sqliteTable(
  'posted',
  {
    stream: text().notNull(),
    slot: text().notNull(),
    platform: text().notNull(),
    conversation: text().notNull(),
    ts: text(),
    digest: text().notNull(),
  },
  (table) => [primaryKey({ columns: [table.stream, table.slot] })],
);

export const homes = sqliteTable(
  'homes',
  {
    platform: text().notNull(),
    account: text().notNull(),
    subject: text().notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.platform, table.account] }),
    index('homes_subject').on(table.subject),
  ],
);

export const subjects = sqliteTable('subjects', {
  subject: text().primaryKey(),
  person: text().notNull().unique(),
});

export const tokens = sqliteTable('tokens', {
  name: text().primaryKey(),
  expiresAt: integer('expires_at').notNull(),
  revokedAt: integer('revoked_at'),
});

export const checkpoints = sqliteTable('checkpoints', {
  id: integer().primaryKey(),
  size: integer().notNull(),
  root: text().notNull(),
  note: text().notNull(),
  at: integer().notNull(),
});

export const receipts = sqliteTable(
  'receipts',
  {
    id: integer().primaryKey(),
    anchor: text().notNull(),
    size: integer().notNull(),
    root: text().notNull(),
    receipt: text().notNull(),
    at: integer().notNull(),
  },
  (table) => [index('receipts_anchor').on(table.anchor)],
);

/** How far each follower of the log has come. */
export const cursors = sqliteTable('cursors', {
  name: text().primaryKey(),
  next: integer().notNull(),
});

/** What a source last said of a group; `members` JSON, null: there is no such group. */
export const groupSnapshots = sqliteTable(
  'group_snapshots',
  {
    source: text({ enum: ['scim', 'ldap', 'slack'] }).notNull(),
    group: text('group_name').notNull(),
    members: text(),
    asOf: integer('as_of').notNull(),
  },
  (table) => [primaryKey({ columns: [table.source, table.group] })],
);

/**
 * Users as the identity provider pushed them, in clear. Nothing refers to a row by a foreign key: that would keep
 * SQLite from emptying the table as a whole, which erasing one of them takes.
 */
export const scimUsers = sqliteTable('scim_users', {
  id: text().primaryKey(),
  externalId: text('external_id').unique(),
  userName: text('user_name').notNull(),
  /** `userName` without regard to case. */
  nameKey: text('name_key').notNull().unique(),
  displayName: text('display_name'),
  email: text(),
  active: integer({ mode: 'boolean' }).notNull(),
  manager: text(),
  attributes: text({ mode: 'json' }).$type<Readonly<Record<string, string>>>().notNull(),
  version: integer().notNull(),
  createdAt: integer('created_at').notNull(),
  changedAt: integer('changed_at').notNull(),
});

export const scimAccounts = sqliteTable(
  'scim_accounts',
  {
    platform: text({ enum: ['slack', 'teams'] }).notNull(),
    team: text().notNull(),
    user: text('platform_user').notNull(),
    owner: text().notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.platform, table.team, table.user] }),
    index('scim_accounts_owner').on(table.owner),
  ],
);

export const scimGroups = sqliteTable('scim_groups', {
  id: text().primaryKey(),
  externalId: text('external_id').unique(),
  displayName: text('display_name').notNull(),
  /** `displayName` without regard to case. */
  nameKey: text('name_key').notNull().unique(),
  version: integer().notNull(),
  createdAt: integer('created_at').notNull(),
  changedAt: integer('changed_at').notNull(),
});

export const scimMembers = sqliteTable(
  'scim_members',
  {
    group: text('group_id').notNull(),
    user: text('user_id').notNull(),
  },
  (table) => [primaryKey({ columns: [table.group, table.user] }), index('scim_members_user').on(table.user)],
);

/** The one row that says when the identity provider last spoke to us. */
export const scimContact = sqliteTable(
  'scim_contact',
  { id: integer().primaryKey(), at: integer().notNull() },
  (table) => [check('scim_contact_one_row', sql`${table.id} = 1`)],
);

export const exceptions = sqliteTable(
  'exceptions',
  {
    name: text().primaryKey(),
    subject: text().notNull(),
    overrides: text().notNull(),
    entitlement: text(),
    expiresAt: integer('expires_at').notNull(),
    endedAt: integer('ended_at'),
  },
  (table) => [index('exceptions_subject').on(table.subject)],
);
