/** Finds and reads lettabox.yaml. Its problems are told by line and kind, because a parser's own words quote the file. */
import { join, resolve } from "node:path";

export type ConfigFile = {
  readonly path: string | undefined;
  /** The file's content without what is left empty; an empty object when there is no file. */
  readonly content: unknown;
  readonly problems: readonly string[];
};

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

/** `letta:` with nothing below it reads null in YAML; it means that nothing is set. */
const withoutEmpty = (value: unknown): unknown => {
  if (Array.isArray(value) || typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, inner]) => (inner === null ? [] : [[key, withoutEmpty(inner)]])),
  );
};

const parse = async (path: string, text: string): Promise<ConfigFile> => {
  const { LineCounter, parseDocument } = await import("yaml");
  const lines = new LineCounter();
  const failed = (...problems: string[]): ConfigFile => ({ path, content: {}, problems });
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, logLevel: "error" });
  if (document.errors.length > 0) {
    return failed(
      ...document.errors.map(({ code, pos }) => {
        const { line, col } = lines.linePos(pos[0]);
        return `${path}, line ${line}, column ${col}: not valid YAML (${code.toLowerCase().replaceAll("_", " ")})`;
      }),
    );
  }
  let content: unknown;
  try {
    content = document.toJS() ?? {};
  } catch {
    return failed(`${path}: an alias (*name) in it cannot be resolved`);
  }
  if (typeof content !== "object" || Array.isArray(content))
    return failed(`${path}: must consist of \`key: value\` lines`);
  return { path, content: withoutEmpty(content), problems: [] };
};

/** The first configuration file there is. One that is named must exist. */
export const readConfigFile = async (input: FileInput): Promise<ConfigFile> => {
  for (const { path, absent } of places(input)) {
    try {
      return await parse(path, input.readFile(path));
    } catch (error) {
      const code = codeOf(error);
      if (absent.includes(code)) continue;
      return { path, content: {}, problems: [`${path}: the file cannot be read (${code})`] };
    }
  }
  return { path: undefined, content: {}, problems: [] };
};
