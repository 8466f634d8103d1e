/** Finds and reads lettabox.yaml. */
import { join, resolve } from "node:path";
import { type ConfigFile, parseYaml } from "./yaml.ts";

export type FileInput = {
  /** From `--config`; then no other place is looked at. */
  readonly explicit: string | undefined;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  readonly readFile: (path: string) => string;
};

export const codeOf = (error: unknown): string =>
  error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : "unknown error";

type Place = {
  readonly path: string;
  /** Error codes that mean: there is no file here. */
  readonly absent: readonly string[];
};

const places = ({ explicit, env, cwd }: FileInput): Place[] => {
  if (explicit !== undefined) return [{ path: resolve(cwd, explicit), absent: [] }];
  const absent = ["ENOENT", "ENOTDIR"];
  const home = env["XDG_CONFIG_HOME"] || (env["HOME"] && join(env["HOME"], ".config"));
  return [
    { path: join(cwd, "lettabox.yaml"), absent },
    // systemd's ProtectHome= closes the whole home directory.
    ...(home ? [{ path: join(home, "lettabox", "lettabox.yaml"), absent: [...absent, "EACCES"] }] : []),
    { path: "/etc/lettabox/lettabox.yaml", absent },
  ];
};

/** Made anew for each reading: other sources put their settings into it. */
const empty = () => ({ content: {}, lineOf: () => undefined });

/** The first configuration file there is. One that is named must exist. */
export const readConfigFile = async (input: FileInput): Promise<ConfigFile> => {
  for (const { path, absent } of places(input)) {
    try {
      return await parseYaml(path, input.readFile(path));
    } catch (error) {
      const code = codeOf(error);
      if (absent.includes(code)) continue;
      const text = `the file cannot be read (${code}); mend its path or its rights`;
      return { ...empty(), path, problems: [{ name: path, where: null, setting: null, text }] };
    }
  }
  return { ...empty(), path: undefined, problems: [] };
};
