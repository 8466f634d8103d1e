/**
 * The migrations in order, embedded: a compiled binary has no folder to read them from. `bun run db:generate` writes the
 * `.sql` file and its journal; the line here is added by hand, and a test fails when journal and list differ.
 */
import init from "./0000_init.sql" with { type: "text" };
import doors from "./0001_doors.sql" with { type: "text" };
import access from "./0002_access.sql" with { type: "text" };
import said from "./0003_said.sql" with { type: "text" };
import files from "./0004_files.sql" with { type: "text" };

export const migrations: readonly { readonly name: string; readonly sql: string }[] = [
  { name: "0000_init", sql: init },
  { name: "0001_doors", sql: doors },
  { name: "0002_access", sql: access },
  { name: "0003_said", sql: said },
  { name: "0004_files", sql: files },
];
