CREATE TABLE `admissions` (
	`id` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`owner` text NOT NULL,
	`bot_id` integer NOT NULL,
	`kind` text NOT NULL,
	`person_id` integer,
	`chat_id` integer NOT NULL,
	`code` text NOT NULL,
	`state` text NOT NULL,
	`created_at` integer NOT NULL,
	`expires_at` integer NOT NULL,
	`decided_at` integer,
	`decided_by` text
);
--> statement-breakpoint
CREATE UNIQUE INDEX `admissions_code` ON `admissions` (`bot_id`,`code`) WHERE state = 'waiting';--> statement-breakpoint
CREATE INDEX `admissions_waiting` ON `admissions` (`bot_id`,`chat_id`) WHERE state = 'waiting';--> statement-breakpoint
CREATE INDEX `admissions_created` ON `admissions` (`created_at`);--> statement-breakpoint
CREATE TABLE `audit` (
	`id` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`owner` text NOT NULL,
	`bot_id` integer,
	`chat_id` integer,
	`actor` text NOT NULL,
	`action` text NOT NULL,
	`subject` text,
	`detail` text,
	`at` integer NOT NULL
);
--> statement-breakpoint
CREATE INDEX `audit_at` ON `audit` (`at`);--> statement-breakpoint
CREATE TABLE `chat_settings` (
	`chat_id` integer PRIMARY KEY NOT NULL,
	`owner` text NOT NULL,
	`admitted_at` integer,
	`told_at` integer,
	`mode` text,
	`ceiling` text,
	`allowed` text,
	`debounce_ms` integer,
	`daily_limit` integer,
	`daily_person_limit` integer,
	`reasoning` integer,
	`acknowledge` integer
);
--> statement-breakpoint
CREATE TABLE `claims` (
	`bot_id` integer PRIMARY KEY NOT NULL,
	`owner` text NOT NULL,
	`code_hash` text NOT NULL,
	`created_at` integer NOT NULL
);
--> statement-breakpoint
CREATE TABLE `files` (
	`id` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`owner` text NOT NULL,
	`turn_id` integer NOT NULL,
	`name` text NOT NULL,
	`mime` text NOT NULL,
	`bytes` integer NOT NULL,
	`created_at` integer NOT NULL
);
--> statement-breakpoint
CREATE INDEX `files_created` ON `files` (`created_at`);--> statement-breakpoint
CREATE INDEX `files_turn` ON `files` (`turn_id`);--> statement-breakpoint
CREATE TABLE `grants` (
	`id` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`owner` text NOT NULL,
	`bot_id` integer NOT NULL,
	`person_id` integer NOT NULL,
	`state` text NOT NULL,
	`created_at` integer NOT NULL,
	`changed_at` integer NOT NULL
);
--> statement-breakpoint
CREATE UNIQUE INDEX `grants_person` ON `grants` (`bot_id`,`person_id`);--> statement-breakpoint
CREATE TABLE `operators` (
	`owner` text NOT NULL,
	`bot_id` integer NOT NULL,
	`person_id` integer NOT NULL,
	`chat_id` integer NOT NULL,
	`created_at` integer NOT NULL,
	PRIMARY KEY(`bot_id`, `person_id`)
);
--> statement-breakpoint
CREATE TABLE `own_agents` (
	`id` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`owner` text NOT NULL,
	`account_id` integer NOT NULL,
	`source_agent_id` text NOT NULL,
	`scope` text NOT NULL,
	`name` text NOT NULL,
	`agent_id` text,
	`created_at` integer NOT NULL
);
--> statement-breakpoint
CREATE UNIQUE INDEX `own_agents_scope` ON `own_agents` (`account_id`,`source_agent_id`,`scope`);--> statement-breakpoint
CREATE INDEX `own_agents_agent` ON `own_agents` (`agent_id`);--> statement-breakpoint
CREATE TABLE `tallies` (
	`owner` text NOT NULL,
	`scope` text NOT NULL,
	`day` text NOT NULL,
	`count` integer NOT NULL,
	`told` integer DEFAULT false NOT NULL,
	PRIMARY KEY(`scope`, `day`)
);
--> statement-breakpoint
CREATE INDEX `tallies_day` ON `tallies` (`day`);--> statement-breakpoint
ALTER TABLE `approvals` ADD `decided_by` text;--> statement-breakpoint
ALTER TABLE `chats` ADD `within_id` integer;--> statement-breakpoint
CREATE INDEX `chats_direct` ON `chats` (`owner`,`bot_id`) WHERE kind = 'direct';--> statement-breakpoint
ALTER TABLE `events` ADD `message_id` text;--> statement-breakpoint
CREATE INDEX `events_noted` ON `events` (`chat_id`,`id`) WHERE ignored = 'noted';--> statement-breakpoint
CREATE INDEX `events_message` ON `events` (`chat_id`,`message_id`) WHERE message_id IS NOT NULL;--> statement-breakpoint
ALTER TABLE `outbox` ADD `replaces_part` integer;--> statement-breakpoint
ALTER TABLE `outbox` ADD `offers_until` integer;--> statement-breakpoint
CREATE INDEX `outbox_offers` ON `outbox` (`chat_id`) WHERE offers_until IS NOT NULL;--> statement-breakpoint
ALTER TABLE `persons` ADD `timezone` text;--> statement-breakpoint
ALTER TABLE `turns` ADD `muted` integer DEFAULT false NOT NULL;