/** Columns that tables have in common. */
import { integer, text } from "drizzle-orm/sqlite-core";

export const id = () => integer().primaryKey({ autoIncrement: true });

/** `house` or `person:<id>` */
export const owner = () => text().notNull();
