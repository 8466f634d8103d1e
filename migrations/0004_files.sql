CREATE TABLE `__new_files` (
	`id` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`owner` text NOT NULL,
	`turn_id` integer,
	`part_id` integer,
	`name` text NOT NULL,
	`mime` text NOT NULL,
	`bytes` integer NOT NULL,
	`created_at` integer NOT NULL
);
--> statement-breakpoint
INSERT INTO `__new_files` SELECT `id`, `owner`, iif(`turn_id` > 0, `turn_id`, NULL), iif(`turn_id` < 0, -`turn_id`, NULL), `name`, `mime`, `bytes`, `created_at` FROM `files`;--> statement-breakpoint
DROP TABLE `files`;--> statement-breakpoint
ALTER TABLE `__new_files` RENAME TO `files`;--> statement-breakpoint
CREATE INDEX `files_created` ON `files` (`created_at`);--> statement-breakpoint
CREATE INDEX `files_turn` ON `files` (`turn_id`);
