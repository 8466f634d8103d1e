/**
 * The random texts of the property tests are the same in every run, so that a change is judged by what it changed and
 * nothing fails by chance. `CHANCE=<number> bun test src/render` tries others, which is worth an hour before a release.
 */
import fc from "fast-check";

fc.configureGlobal({ seed: Number(process.env["CHANCE"] ?? 1) });
