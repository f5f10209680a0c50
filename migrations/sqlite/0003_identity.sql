CREATE TABLE `exceptions` (
	`name` text PRIMARY KEY NOT NULL,
	`subject` text NOT NULL,
	`overrides` text NOT NULL,
	`entitlement` text,
	`expires_at` integer NOT NULL,
	`ended_at` integer
);
--> statement-breakpoint
CREATE INDEX `exceptions_subject` ON `exceptions` (`subject`);--> statement-breakpoint
CREATE TABLE `group_snapshots` (
	`source` text NOT NULL,
	`group_name` text NOT NULL,
	`members` text,
	`as_of` integer NOT NULL,
	PRIMARY KEY(`source`, `group_name`)
);
--> statement-breakpoint
CREATE TABLE `scim_accounts` (
	`platform` text NOT NULL,
	`team` text NOT NULL,
	`platform_user` text NOT NULL,
	`owner` text NOT NULL,
	PRIMARY KEY(`platform`, `team`, `platform_user`)
);
--> statement-breakpoint
CREATE INDEX `scim_accounts_owner` ON `scim_accounts` (`owner`);--> statement-breakpoint
CREATE TABLE `scim_contact` (
	`id` integer PRIMARY KEY NOT NULL,
	`at` integer NOT NULL,
	CONSTRAINT "scim_contact_one_row" CHECK("scim_contact"."id" = 1)
);
--> statement-breakpoint
CREATE TABLE `scim_groups` (
	`id` text PRIMARY KEY NOT NULL,
	`external_id` text,
	`display_name` text NOT NULL,
	`name_key` text NOT NULL,
	`version` integer NOT NULL,
	`created_at` integer NOT NULL,
	`changed_at` integer NOT NULL
);
--> statement-breakpoint
CREATE UNIQUE INDEX `scim_groups_external_id_unique` ON `scim_groups` (`external_id`);--> statement-breakpoint
CREATE UNIQUE INDEX `scim_groups_name_key_unique` ON `scim_groups` (`name_key`);--> statement-breakpoint
CREATE TABLE `scim_members` (
	`group_id` text NOT NULL,
	`user_id` text NOT NULL,
	PRIMARY KEY(`group_id`, `user_id`)
);
--> statement-breakpoint
CREATE INDEX `scim_members_user` ON `scim_members` (`user_id`);--> statement-breakpoint
CREATE TABLE `scim_users` (
	`id` text PRIMARY KEY NOT NULL,
	`external_id` text,
	`user_name` text NOT NULL,
	`name_key` text NOT NULL,
	`display_name` text,
	`email` text,
	`active` integer NOT NULL,
	`manager` text,
	`attributes` text NOT NULL,
	`version` integer NOT NULL,
	`created_at` integer NOT NULL,
	`changed_at` integer NOT NULL
);
--> statement-breakpoint
CREATE UNIQUE INDEX `scim_users_external_id_unique` ON `scim_users` (`external_id`);--> statement-breakpoint
CREATE UNIQUE INDEX `scim_users_name_key_unique` ON `scim_users` (`name_key`);