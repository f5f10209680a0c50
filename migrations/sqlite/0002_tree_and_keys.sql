CREATE TABLE `checkpoints` (
	`id` integer PRIMARY KEY NOT NULL,
	`size` integer NOT NULL,
	`root` text NOT NULL,
	`note` text NOT NULL,
	`at` integer NOT NULL
);
--> statement-breakpoint
CREATE TABLE `cursors` (
	`name` text PRIMARY KEY NOT NULL,
	`next` integer NOT NULL
);
--> statement-breakpoint
CREATE TABLE `receipts` (
	`id` integer PRIMARY KEY NOT NULL,
	`anchor` text NOT NULL,
	`size` integer NOT NULL,
	`root` text NOT NULL,
	`receipt` text NOT NULL,
	`at` integer NOT NULL
);
--> statement-breakpoint
CREATE INDEX `receipts_anchor` ON `receipts` (`anchor`);--> statement-breakpoint
CREATE TABLE `subject_keys` (
	`subject` text PRIMARY KEY NOT NULL,
	`wrapped` blob NOT NULL
);
--> statement-breakpoint
CREATE TABLE `tree_nodes` (
	`level` integer NOT NULL,
	`node_index` integer NOT NULL,
	`hash` blob NOT NULL,
	PRIMARY KEY(`level`, `node_index`)
);
--> statement-breakpoint
-- What is in clear is sealed and dropped when the store is next opened, which has the key for it.
ALTER TABLE `disclosures` RENAME TO `clear_disclosures`;--> statement-breakpoint
CREATE TABLE `disclosures` (
	`log_index` integer NOT NULL,
	`field` text NOT NULL,
	`subject` text NOT NULL,
	`sealed` blob NOT NULL,
	PRIMARY KEY(`log_index`, `field`),
	FOREIGN KEY (`log_index`) REFERENCES `events`(`log_index`) ON UPDATE no action ON DELETE no action
);
--> statement-breakpoint
-- A disclosure is emptied in its place and nothing else: a row that goes would let SQLite move its neighbours.
CREATE TRIGGER `disclosures_no_delete` BEFORE DELETE ON `disclosures`
BEGIN
	SELECT RAISE(ABORT, 'disclosures are emptied, not deleted');
END;
--> statement-breakpoint
CREATE TRIGGER `disclosures_only_emptied` BEFORE UPDATE ON `disclosures`
WHEN NEW.`sealed` <> x'' OR NEW.`log_index` <> OLD.`log_index` OR NEW.`field` <> OLD.`field` OR NEW.`subject` <> OLD.`subject`
BEGIN
	SELECT RAISE(ABORT, 'disclosures are emptied, not changed');
END;
--> statement-breakpoint
ALTER TABLE `log_head` ADD `frontier` blob DEFAULT x'' NOT NULL;
