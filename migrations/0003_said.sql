ALTER TABLE `outbox` ADD `said` integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE `outbox` ADD `rest` text;--> statement-breakpoint
ALTER TABLE `outbox` ADD `copied` integer DEFAULT false NOT NULL;--> statement-breakpoint
UPDATE `outbox` SET `copied` = true WHERE `finished_at` IS NULL AND `ambiguous`;