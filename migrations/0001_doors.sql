CREATE TABLE `heard` (
	`id` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`owner` text NOT NULL,
	`scope` text NOT NULL,
	`agent_id` text NOT NULL,
	`chat_id` integer NOT NULL,
	`turn_id` integer NOT NULL,
	`place` text NOT NULL,
	`with_answers` integer NOT NULL,
	`instructions` text
);
--> statement-breakpoint
CREATE INDEX `heard_place` ON `heard` (`scope`,`agent_id`,`place`,`id`);--> statement-breakpoint
CREATE INDEX `heard_scope` ON `heard` (`scope`,`agent_id`,`id`);--> statement-breakpoint
CREATE INDEX `heard_branch` ON `heard` (`chat_id`,`agent_id`,`id`);--> statement-breakpoint
CREATE TABLE `messages` (
	`id` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`owner` text NOT NULL,
	`public_id` text NOT NULL,
	`chat_id` integer NOT NULL,
	`token_id` integer NOT NULL,
	`key` text NOT NULL,
	`body_hash` text NOT NULL,
	`created_at` integer NOT NULL
);
--> statement-breakpoint
CREATE UNIQUE INDEX `messages_public` ON `messages` (`public_id`);--> statement-breakpoint
CREATE UNIQUE INDEX `messages_key` ON `messages` (`token_id`,`key`);--> statement-breakpoint
CREATE INDEX `messages_created` ON `messages` (`created_at`);--> statement-breakpoint
CREATE TABLE `notes` (
	`owner` text NOT NULL,
	`persona_id` integer NOT NULL,
	`conversation_id` integer NOT NULL,
	`upstream_id` text NOT NULL,
	`revision` integer NOT NULL,
	`turns` integer NOT NULL,
	PRIMARY KEY(`persona_id`, `conversation_id`)
);
--> statement-breakpoint
CREATE TABLE `personas` (
	`id` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`owner` text NOT NULL,
	`person_id` integer NOT NULL,
	`account_id` integer NOT NULL,
	`label` text NOT NULL,
	`text` text DEFAULT '' NOT NULL,
	`revision` integer DEFAULT 0 NOT NULL,
	`saved_revision` integer DEFAULT 0 NOT NULL,
	`block_id` text,
	`identity_id` text,
	`identity_name` text,
	`created_at` integer NOT NULL
);
--> statement-breakpoint
CREATE UNIQUE INDEX `personas_person` ON `personas` (`person_id`,`account_id`);--> statement-breakpoint
CREATE UNIQUE INDEX `personas_label` ON `personas` (`account_id`,`label`);--> statement-breakpoint
CREATE INDEX `personas_unsaved` ON `personas` (`id`) WHERE block_id IS NULL OR saved_revision < revision;--> statement-breakpoint
ALTER TABLE `approvals` ADD `result` text;--> statement-breakpoint
ALTER TABLE `tokens` ADD `agents` text;--> statement-breakpoint
ALTER TABLE `tokens` ADD `rate_per_minute` integer;--> statement-breakpoint
ALTER TABLE `turns` ADD `command` text;--> statement-breakpoint
ALTER TABLE `turns` ADD `persona_id` integer;--> statement-breakpoint
ALTER TABLE `turns` ADD `note_revision` integer;--> statement-breakpoint
ALTER TABLE `turns` ADD `prompt_tokens` integer;--> statement-breakpoint
ALTER TABLE `turns` ADD `completion_tokens` integer;