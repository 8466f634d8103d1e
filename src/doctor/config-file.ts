/** Whether others may read the configuration file, where secrets stand in it. */
import { stat } from "node:fs/promises";
import { settings } from "../config/names.ts";
import { type Check, ok, skip, warn } from "./check.ts";

export const configFile: Check = {
  name: "config-file",
  async run({ config: { file, sources } }) {
    if (file === undefined) return skip("There is no lettabox.yaml.");
    const secrets = Object.keys(sources).filter(
      (path) => sources[path] === file && settings.find((setting) => setting.path === path)?.secret,
    );
    if (secrets.length === 0) return ok(`${file} holds no secrets.`);
    const { mode } = await stat(file);
    const names = secrets.join(", ");
    if ((mode & 0o077) === 0) return ok(`${file} holds secrets (${names}); only its owner may read it.`);
    return warn(
      `${file} holds secrets (${names}), and others may read it.`,
      `Run: chmod 600 ${file}, or keep them in files of their own (NAME_FILE).`,
    );
  },
};
