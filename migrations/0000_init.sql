CREATE TABLE `accounts` (
	`id` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`owner` text NOT NULL,
	`server` text NOT NULL,
	`secret` text,
	`paused_at` integer,
	`pause_code` text,
	`created_at` integer NOT NULL
);
--> statement-breakpoint
CREATE UNIQUE INDEX `accounts_owner_server` ON `accounts` (`owner`,`server`);--> statement-breakpoint
CREATE TABLE `agents` (
	`id` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`owner` text NOT NULL,
	`account_id` integer NOT NULL,
	`agent_id` text NOT NULL,
	`name` text NOT NULL,
	`position` integer NOT NULL,
	`last_run_id` text
);
--> statement-breakpoint
CREATE UNIQUE INDEX `agents_account_agent` ON `agents` (`account_id`,`agent_id`);--> statement-breakpoint
CREATE TABLE `approvals` (
	`id` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`owner` text NOT NULL,
	`turn_id` integer NOT NULL,
	`tool_call_id` text NOT NULL,
	`tool_name` text NOT NULL,
	`arguments` text,
	`approve` integer,
	`reason` text,
	`deadline_at` integer NOT NULL,
	`decided_at` integer,
	`post_id` integer
);
--> statement-breakpoint
CREATE UNIQUE INDEX `approvals_call` ON `approvals` (`turn_id`,`tool_call_id`);--> statement-breakpoint
CREATE TABLE `bindings` (
	`id` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`owner` text NOT NULL,
	`chat_id` integer NOT NULL,
	`account_id` integer NOT NULL,
	`agent_id` text NOT NULL,
	`conversation_id` integer NOT NULL,
	`chosen_at` integer NOT NULL
);
--> statement-breakpoint
CREATE UNIQUE INDEX `bindings_chat_agent` ON `bindings` (`chat_id`,`agent_id`);--> statement-breakpoint
CREATE INDEX `bindings_conversation` ON `bindings` (`conversation_id`);--> statement-breakpoint
CREATE TABLE `bots` (
	`id` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`channel` text NOT NULL,
	`slug` text NOT NULL,
	`identity` text NOT NULL,
	`cursor` text,
	`created_at` integer NOT NULL
);
--> statement-breakpoint
CREATE UNIQUE INDEX `bots_slug_identity` ON `bots` (`slug`,`identity`);--> statement-breakpoint
CREATE TABLE `chats` (
	`id` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`owner` text NOT NULL,
	`bot_id` integer NOT NULL,
	`key` text NOT NULL,
	`kind` text NOT NULL,
	`title` text,
	`token_id` integer,
	`created_at` integer NOT NULL
);
--> statement-breakpoint
CREATE UNIQUE INDEX `chats_bot_key` ON `chats` (`bot_id`,`key`);--> statement-breakpoint
CREATE INDEX `chats_token` ON `chats` (`token_id`);--> statement-breakpoint
CREATE TABLE `conversations` (
	`id` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`owner` text NOT NULL,
	`server` text NOT NULL,
	`agent_id` text NOT NULL,
	`upstream_id` text,
	`scope` text,
	`created_at` integer NOT NULL
);
--> statement-breakpoint
CREATE UNIQUE INDEX `conversations_upstream` ON `conversations` (`server`,`agent_id`,`upstream_id`);--> statement-breakpoint
CREATE UNIQUE INDEX `conversations_scope` ON `conversations` (`server`,`agent_id`,`scope`);--> statement-breakpoint
CREATE TABLE `dead_letters` (
	`id` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`owner` text NOT NULL,
	`source` text NOT NULL,
	`source_id` integer NOT NULL,
	`code` text NOT NULL,
	`created_at` integer NOT NULL
);
--> statement-breakpoint
CREATE UNIQUE INDEX `dead_letters_source` ON `dead_letters` (`source`,`source_id`);--> statement-breakpoint
CREATE INDEX `dead_letters_created` ON `dead_letters` (`created_at`);--> statement-breakpoint
CREATE TABLE `event_keys` (
	`owner` text NOT NULL,
	`bot_id` integer NOT NULL,
	`key` text NOT NULL,
	`event_id` integer NOT NULL,
	`received_at` integer NOT NULL,
	PRIMARY KEY(`bot_id`, `key`)
);
--> statement-breakpoint
CREATE INDEX `event_keys_received` ON `event_keys` (`received_at`);--> statement-breakpoint
CREATE TABLE `events` (
	`id` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`owner` text NOT NULL,
	`bot_id` integer NOT NULL,
	`chat_id` integer NOT NULL,
	`handle_id` integer,
	`kind` text NOT NULL,
	`turn_id` integer,
	`ignored` text,
	`payload` text,
	`body_hash` text,
	`sent_at` integer NOT NULL,
	`received_at` integer NOT NULL
);
--> statement-breakpoint
CREATE INDEX `events_turn` ON `events` (`turn_id`);--> statement-breakpoint
CREATE INDEX `events_received` ON `events` (`received_at`);--> statement-breakpoint
CREATE TABLE `handles` (
	`id` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`owner` text NOT NULL,
	`person_id` integer NOT NULL,
	`handle` text NOT NULL,
	`created_at` integer NOT NULL
);
--> statement-breakpoint
CREATE UNIQUE INDEX `handles_handle` ON `handles` (`handle`);--> statement-breakpoint
CREATE INDEX `handles_person` ON `handles` (`person_id`);--> statement-breakpoint
CREATE TABLE `meta` (
	`key` text PRIMARY KEY NOT NULL,
	`value` text NOT NULL
);
--> statement-breakpoint
CREATE TABLE `outbox` (
	`id` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`owner` text NOT NULL,
	`bot_id` integer NOT NULL,
	`chat_id` integer NOT NULL,
	`turn_id` integer,
	`kind` text NOT NULL,
	`address` text NOT NULL,
	`part` text,
	`send_key` text NOT NULL,
	`state` text NOT NULL,
	`attempts` integer DEFAULT 0 NOT NULL,
	`due_at` integer NOT NULL,
	`deadline_at` integer NOT NULL,
	`lease_boot` integer,
	`stalled_boots` integer DEFAULT 0 NOT NULL,
	`replaces` text,
	`ambiguous` integer DEFAULT false NOT NULL,
	`platform_id` text,
	`error_code` text,
	`created_at` integer NOT NULL,
	`finished_at` integer
);
--> statement-breakpoint
CREATE UNIQUE INDEX `outbox_send_key` ON `outbox` (`send_key`);--> statement-breakpoint
CREATE INDEX `outbox_open_by_chat` ON `outbox` (`chat_id`,`id`) WHERE finished_at IS NULL;--> statement-breakpoint
CREATE INDEX `outbox_open_by_due` ON `outbox` (`due_at`) WHERE finished_at IS NULL;--> statement-breakpoint
CREATE INDEX `outbox_finished` ON `outbox` (`finished_at`);--> statement-breakpoint
CREATE INDEX `outbox_turn` ON `outbox` (`turn_id`);--> statement-breakpoint
CREATE TABLE `persons` (
	`id` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`owner` text NOT NULL,
	`name` text,
	`created_at` integer NOT NULL
);
--> statement-breakpoint
CREATE TABLE `posts` (
	`id` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`owner` text NOT NULL,
	`turn_id` integer NOT NULL,
	`kind` text NOT NULL,
	`messages` text,
	`conversation` text NOT NULL,
	`background` integer NOT NULL,
	`run_before` text,
	`state` text NOT NULL,
	`run_id` text,
	`seq` integer,
	`cut_by` text,
	`searched_ms` integer DEFAULT 0 NOT NULL,
	`refused_at` integer,
	`misses` integer DEFAULT 0 NOT NULL,
	`created_at` integer NOT NULL
);
--> statement-breakpoint
CREATE INDEX `posts_turn` ON `posts` (`turn_id`);--> statement-breakpoint
CREATE INDEX `posts_run` ON `posts` (`run_id`);--> statement-breakpoint
CREATE TABLE `tokens` (
	`id` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`owner` text NOT NULL,
	`name` text NOT NULL,
	`hash` text NOT NULL,
	`scopes` text NOT NULL,
	`created_at` integer NOT NULL,
	`expires_at` integer,
	`revoked_at` integer
);
--> statement-breakpoint
CREATE UNIQUE INDEX `tokens_hash` ON `tokens` (`hash`);--> statement-breakpoint
CREATE TABLE `turn_events` (
	`owner` text NOT NULL,
	`turn_id` integer NOT NULL,
	`seq` integer NOT NULL,
	`uuid` text NOT NULL,
	`body` text NOT NULL,
	PRIMARY KEY(`turn_id`, `seq`)
);
--> statement-breakpoint
CREATE TABLE `turns` (
	`id` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`owner` text NOT NULL,
	`public_id` text NOT NULL,
	`bot_id` integer NOT NULL,
	`chat_id` integer NOT NULL,
	`person_id` integer,
	`token_id` integer,
	`account_id` integer,
	`agent_id` text,
	`agent_name` text,
	`conversation_id` integer,
	`trigger` text NOT NULL,
	`share` text NOT NULL,
	`merge_key` text,
	`state` text NOT NULL,
	`attempts` integer DEFAULT 0 NOT NULL,
	`due_at` integer NOT NULL,
	`retry_until` integer,
	`told_at` integer,
	`lease_boot` integer,
	`stalled_boots` integer DEFAULT 0 NOT NULL,
	`cancel_at` integer,
	`preview_id` text,
	`response` text,
	`run_id` text,
	`stop_reason` text,
	`error_code` text,
	`error_text` text,
	`resent` integer DEFAULT false NOT NULL,
	`created_at` integer NOT NULL,
	`started_at` integer,
	`finished_at` integer
);
--> statement-breakpoint
CREATE UNIQUE INDEX `turns_public` ON `turns` (`public_id`);--> statement-breakpoint
CREATE INDEX `turns_open_by_chat` ON `turns` (`chat_id`,`id`) WHERE finished_at IS NULL;--> statement-breakpoint
CREATE INDEX `turns_open_by_lane` ON `turns` (`conversation_id`,`chat_id`,`id`) WHERE finished_at IS NULL;--> statement-breakpoint
CREATE INDEX `turns_queued_by_due` ON `turns` (`due_at`) WHERE state = 'queued';--> statement-breakpoint
CREATE INDEX `turns_held_by_lane` ON `turns` (`conversation_id`) WHERE finished_at IS NULL AND state <> 'queued';--> statement-breakpoint
CREATE INDEX `turns_held_by_share` ON `turns` (`share`) WHERE finished_at IS NULL AND state <> 'queued';--> statement-breakpoint
CREATE INDEX `turns_finished` ON `turns` (`finished_at`);--> statement-breakpoint
CREATE INDEX `turns_token` ON `turns` (`token_id`,`id`);