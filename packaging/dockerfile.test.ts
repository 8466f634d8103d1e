/** The Dockerfile agrees with what it builds from and with what the documentation says of it. */
import { expect, test } from "bun:test";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import manifest from "../package.json" with { type: "json" };
import { complainAbout } from "../test/support/docs-commands.ts";
import { parsePage } from "../test/support/docs-page.ts";
import { buildWords, root } from "./compile.ts";

const read = (path: string): string => readFileSync(join(root, path), "utf8");

/** Its instructions, a line each, as word and rest. */
const instructions = read("Dockerfile")
  .replaceAll(/^#.*\n/gm, "")
  .replaceAll(/\\\n\s*/g, "")
  .split("\n")
  .flatMap((line) => {
    const [, word = "", rest = ""] = /^([A-Z]+) (.*)$/.exec(line) ?? [];
    return word === "" ? [] : [{ word, rest }];
  });

const all = (word: string): readonly string[] =>
  instructions.filter((one) => one.word === word).map(({ rest }) => rest);

const variables = new Map(
  all("ENV").flatMap((line) => line.split(" ").map((pair) => pair.split("=") as [string, string])),
);

test("what it copies exists, and .dockerignore lets it through", () => {
  const sources = all("COPY")
    .filter((line) => !line.startsWith("--from"))
    .flatMap((line) => line.split(" ").slice(0, -1));
  const allowed = [...read(".dockerignore").matchAll(/^!(.*)$/gm)].map(([, path]) => path);
  expect(sources.length).toBeGreaterThan(0);
  expect(sources.filter((path) => !existsSync(join(root, path)))).toEqual([]);
  expect(allowed.toSorted()).toEqual(sources.toSorted());
});

/** The words of `bun build` without target and file. */
const withoutPlace = (words: readonly string[]): readonly string[] =>
  words.slice(0, -1).filter((word) => !word.startsWith("--target="));

test("it compiles as the script build does, with the same Bun", () => {
  const line = all("RUN").find((one) => one.startsWith("bun build")) ?? "";
  const words = (line.split("&&")[0] ?? "").trim().split(/\s+/).slice(1);
  expect(withoutPlace(words)).toEqual(withoutPlace(buildWords()));
  expect(all("FROM")[0]).toContain(`oven/bun:${manifest.devDependencies["bun-types"]}-`);
});

test("it runs the server as nobody in particular, and asks for its health by a command there is", () => {
  expect(all("USER")).toEqual(["$RUN_AS:$RUN_AS"]);
  expect(all("ARG")).toContain("RUN_AS=65532");
  const [command = ""] = all("CMD");
  expect(complainAbout((JSON.parse(command) as readonly string[]).join(" "), true)).toEqual([]);
  const check = JSON.parse(/CMD (.*)$/.exec(all("HEALTHCHECK")[0] ?? "")?.[1] ?? "[]") as readonly string[];
  const [program, ...words] = check;
  expect([program]).toEqual(JSON.parse(all("ENTRYPOINT")[0] ?? "") as string[]);
  expect(complainAbout(words.join(" "), true)).toEqual([]);
});

test("the place of the data is the platform's where that names one, and there is no VOLUME, which Railway refuses", () => {
  expect(variables.has("DATA_DIR")).toBe(false);
  expect(all("VOLUME")).toEqual([]);
});

test("what the documentation says of volume, port, user and build arguments is so", () => {
  const data = variables.get("XDG_DATA_HOME");
  const port = Number(variables.get("PORT"));
  const fences = (path: string) => parsePage(path, read(path)).fences;
  const [fly] = fences("docs/deploy/fly.md").filter(({ tag }) => tag === "toml");
  expect(Bun.TOML.parse(fly?.text ?? "")).toMatchObject({
    mounts: { destination: data },
    http_service: { internal_port: port },
    build: { args: { RUN_AS: "0" } },
  });
  const docker = read("docs/deploy/docker.md");
  for (const fact of [`-v lettabox-data:${data} `, `:8080:${port} `, "user 65532", `:${data}/lettabox/master.key`]) {
    expect(docker).toContain(fact);
  }
  const [compose] = fences("docs/deploy/docker.md").filter(({ tag }) => tag === "yaml");
  expect(Bun.YAML.parse(compose?.text ?? "")).toMatchObject({
    services: { box: { volumes: [`lettabox-data:${data}`], ports: [`127.0.0.1:8080:${port}`] } },
  });
});

const noHadolint = Bun.which("hadolint") === null ? " (needs hadolint)" : "";

test.skipIf(noHadolint !== "")(`hadolint finds nothing in it${noHadolint}`, () => {
  const { stdout, exitCode } = Bun.spawnSync(["hadolint", "--no-color", join(root, "Dockerfile")]);
  expect({ exitCode, said: stdout.toString() }).toEqual({ exitCode: 0, said: "" });
});
