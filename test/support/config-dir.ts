/** Configurations as somebody would have them: files in a folder of their own, and an environment that is not ours. */
import { afterEach, beforeEach, expect } from "bun:test";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { type ConfigInput, loadConfig } from "../../src/config/config.ts";
import { asFault } from "../../src/errors.ts";

/** To be called once in a file: each of its tests has a new folder. */
export const useConfigDir = () => {
  let cwd: string;
  beforeEach(() => void (cwd = mkdtempSync(join(tmpdir(), "lettabox-config-"))));
  afterEach(() => rmSync(cwd, { recursive: true, force: true }));

  const load = (input: Partial<ConfigInput> = {}) => loadConfig({ flags: {}, env: {}, cwd, ...input });
  return {
    cwd: () => cwd,
    load,
    /** Answers the whole path. */
    write: (path: string, content: string): string => {
      const full = join(cwd, path);
      mkdirSync(dirname(full), { recursive: true });
      writeFileSync(full, content);
      return full;
    },
    /** The problems of a configuration that is not valid, one each. */
    problems: async (input: Partial<ConfigInput> = {}): Promise<readonly string[]> => {
      const fault = await load(input).then(() => undefined, asFault);
      expect(fault?.code).toBe("config_invalid");
      const [title, ...lines] = (fault?.message ?? "").split("\n");
      expect(title).toBe("The configuration is not valid:");
      return lines.map((line) => line.trim());
    },
  };
};
