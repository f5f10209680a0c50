CREATE TABLE `credentials` (
	`name` text PRIMARY KEY NOT NULL,
	`stream` text NOT NULL
);
--> statement-breakpoint
CREATE TABLE `disclosures` (
	`log_index` integer NOT NULL,
	`field` text NOT NULL,
	`disclosure` text NOT NULL,
	PRIMARY KEY(`log_index`, `field`),
	FOREIGN KEY (`log_index`) REFERENCES `events`(`log_index`) ON UPDATE no action ON DELETE no action
);
--> statement-breakpoint
CREATE TABLE `due` (
	`key` text PRIMARY KEY NOT NULL,
	`lane` text NOT NULL,
	`kind` text NOT NULL,
	`stream` text NOT NULL,
	`detail` text,
	`due_at` integer NOT NULL,
	`fence` integer NOT NULL,
	`attempts` integer NOT NULL,
	`claimed_until` integer NOT NULL
);
--> statement-breakpoint
CREATE INDEX `due_lane_due_at` ON `due` (`lane`,`due_at`);--> statement-breakpoint
CREATE TABLE `events` (
	`log_index` integer PRIMARY KEY NOT NULL,
	`stream` text NOT NULL,
	`version` integer NOT NULL,
	`bytes` blob NOT NULL,
	`leaf` blob NOT NULL
);
--> statement-breakpoint
CREATE UNIQUE INDEX `events_stream_version` ON `events` (`stream`,`version`);--> statement-breakpoint
CREATE TABLE `homes` (
	`platform` text NOT NULL,
	`account` text NOT NULL,
	`subject` text NOT NULL,
	PRIMARY KEY(`platform`, `account`)
);
--> statement-breakpoint
CREATE INDEX `homes_subject` ON `homes` (`subject`);--> statement-breakpoint
CREATE TABLE `log_head` (
	`id` integer PRIMARY KEY NOT NULL,
	`size` integer NOT NULL,
	`fence` integer NOT NULL,
	`projection` integer NOT NULL,
	CONSTRAINT "log_head_one_row" CHECK("log_head"."id" = 1)
);
--> statement-breakpoint
CREATE TABLE `posted` (
	`stream` text NOT NULL,
	`slot` text NOT NULL,
	`platform` text NOT NULL,
	`conversation` text NOT NULL,
	`ts` text,
	`digest` text NOT NULL,
	PRIMARY KEY(`stream`, `slot`)
);
--> statement-breakpoint
CREATE TABLE `requests` (
	`first_index` integer PRIMARY KEY NOT NULL,
	`stream` text NOT NULL,
	`requester` text NOT NULL,
	`entitlement` text NOT NULL,
	`phase` text NOT NULL,
	`state` text NOT NULL
);
--> statement-breakpoint
CREATE UNIQUE INDEX `requests_stream_unique` ON `requests` (`stream`);--> statement-breakpoint
CREATE INDEX `requests_requester` ON `requests` (`requester`);--> statement-breakpoint
CREATE INDEX `requests_phase` ON `requests` (`phase`);--> statement-breakpoint
CREATE INDEX `requests_entitlement` ON `requests` (`entitlement`);--> statement-breakpoint
CREATE TABLE `secrets` (
	`request` text PRIMARY KEY NOT NULL,
	`generation` integer NOT NULL,
	`sealed` blob NOT NULL
);
--> statement-breakpoint
CREATE TABLE `subjects` (
	`subject` text PRIMARY KEY NOT NULL,
	`person` text NOT NULL
);
--> statement-breakpoint
CREATE UNIQUE INDEX `subjects_person_unique` ON `subjects` (`person`);--> statement-breakpoint
CREATE TABLE `tokens` (
	`name` text PRIMARY KEY NOT NULL,
	`expires_at` integer NOT NULL,
	`revoked_at` integer
);
