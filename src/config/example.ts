/**
 * An example of lettabox.yaml with every setting in it, all of them commented out. Two kinds of lines begin with `#`:
 * settings with `# `, so that they are in force once those two characters are gone, and words with `##`.
 */
import type { z } from "zod";
import type { ChannelDeclaration } from "../channels/declaration.ts";
import { declarations } from "../channels/registry.ts";
import { type About, aboutOf, defaultOf, membersOf } from "./about.ts";
import { ofAnyBot } from "./bots.ts";
import { schema } from "./schema.ts";

type Line = {
  readonly name: string;
  readonly about: string;
  readonly value?: unknown;
  readonly below?: readonly Line[];
};

const widest = 110;

const preamble = `## Every setting of lettabox.yaml, each with its default or an example. To set one, take "# " away in front of it
## and of the groups that it stands in. Words in <> are for you to replace; keys are better kept in files of their own
## (NAME_FILE, see behind each). "lettabox config validate" tells what is wrong.
`;

/** As names behind a sentence: `(HOST, --host)`. */
const namesOf = ({ env, secret, flag }: About): string => {
  const names = [
    ...(env === undefined ? [] : [env]),
    ...(env !== undefined && secret ? [`${env}_FILE`] : []),
    ...(flag === undefined ? [] : [`--${flag.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`]),
  ];
  return names.length === 0 ? "" : ` (${names.join(", ")})`;
};

const isEmpty = (value: unknown): boolean => value === undefined || (Array.isArray(value) && value.length === 0);

const lineOf = (name: string, type: z.core.$ZodType): Line => {
  const about = aboutOf(type);
  const members = membersOf(type);
  if (members) return { name, about: about?.text ?? "", below: linesOf(members) };
  const fallback = defaultOf(type);
  const value = isEmpty(fallback) ? about?.example : fallback;
  return { name, about: `${about?.text ?? ""}${about ? namesOf(about) : ""}`, value };
};

const linesOf = (members: Readonly<Record<string, z.core.$ZodType>>): readonly Line[] =>
  Object.entries(members)
    .filter(([name]) => name !== "bots")
    .map(([name, type]) => lineOf(name, type));

/** One bot of each channel, called like it. */
const botLines = (channels: Readonly<Record<string, ChannelDeclaration>>): readonly Line[] =>
  Object.entries(channels).map(([name, { keys }]) => ({
    name,
    about: "",
    below: [
      ...Object.entries(keys).map(([key, { env, kind, about, example }]) => ({
        name: key,
        about: `${about}${namesOf({ text: about, env, ...(kind === "secret" && { secret: true }) })}`,
        value: example ?? (kind === "apiRoot" ? "https://api.example.org" : `<your ${key}>`),
      })),
      ...linesOf(ofAnyBot),
    ],
  }));

/** Words as comment lines below `indent`, none of them wider than a page. */
const comment = (words: string, indent: string): string => {
  const lines: string[] = [];
  let line = "";
  for (const word of words.split(" ")) {
    if (line !== "" && `## ${indent}${line} ${word}`.length > widest) {
      lines.push(line);
      line = word;
    } else line = line === "" ? word : `${line} ${word}`;
  }
  return [...lines, line].map((text) => `## ${indent}${text}\n`).join("");
};

const write = ({ name, about, value, below }: Line, indent: string): string => {
  const words = about === "" ? "" : comment(about, indent);
  if (below) return `${words}# ${indent}${name}:\n${below.map((line) => write(line, `${indent}  `)).join("")}`;
  // JSON is YAML, and quotes keep a text a text.
  return `${words}# ${indent}${name}: ${JSON.stringify(value)}\n`;
};

/** For `config example`. */
export const exampleFile = (type: z.core.$ZodType = schema, channels = declarations): string => {
  const bots = botLines(channels);
  const lines = [
    ...linesOf(membersOf(type) ?? {}),
    ...(bots.length === 0 ? [] : [{ name: "bots", about: "Bots on messaging channels.", below: bots }]),
  ];
  return [preamble, ...lines.map((line) => write(line, ""))].join("\n");
};
