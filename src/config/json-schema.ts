/** The settings as JSON Schema 2020-12, for editors that check and complete lettabox.yaml. */
import { z } from "zod";
import { aboutOf, defaultOf, definitionOf } from "./about.ts";
import { schema } from "./schema.ts";

type JsonSchema = z.core.JSONSchema.BaseSchema;

/** What a value is meant to be in the file. Where we also take a text in its place, as from a variable, it is not said. */
const meant = (type: z.core.$ZodType): z.core.$ZodType => {
  const def = definitionOf(type);
  return def.type === "pipe" && definitionOf(def.in).type === "transform" ? meant(def.out) : type;
};

const convert = (type: z.core.$ZodType): JsonSchema =>
  z.toJSONSchema(type, {
    io: "input",
    target: "draft-2020-12",
    override: ({ zodSchema, jsonSchema }) => {
      const below = meant(zodSchema);
      if (below !== zodSchema) {
        const { $schema: _, ...converted } = convert(below);
        Object.assign(jsonSchema, converted);
      }
      // Zod says it of what the program may not change; in a schema it is about who writes the file.
      delete jsonSchema.readOnly;
      delete jsonSchema.default;
      const [fallback, about] = [defaultOf(zodSchema), aboutOf(zodSchema)];
      if (fallback !== undefined) jsonSchema.default = fallback;
      if (about !== undefined) jsonSchema.description = about.text;
      if (about?.secret) jsonSchema.writeOnly = true;
    },
  });

/** A bot that is called like its channel need not say which channel it has. */
const named = (bot: JsonSchema): readonly [string, JsonSchema][] => {
  const channel = bot.properties?.["channel"];
  const name = typeof channel === "object" ? channel.const : undefined;
  const { required = [], ...rest } = bot;
  if (typeof name !== "string") return [];
  return [[name, { ...rest, required: required.filter((one) => one !== "channel") }]];
};

const withNamed = (bots: JsonSchema): JsonSchema => {
  const { additionalProperties: any } = bots;
  const kinds = typeof any === "object" ? (any.oneOf ?? []) : [];
  return { ...bots, properties: Object.fromEntries(kinds.flatMap((kind) => named(kind as JsonSchema))) };
};

/** For `config schema`. */
export const describeSchema = (type: z.core.$ZodType = schema): JsonSchema => {
  const { properties = {}, ...described } = convert(type);
  const { bots } = properties;
  return {
    ...described,
    properties: typeof bots === "object" ? { ...properties, bots: withNamed(bots) } : properties,
    title: "lettabox.yaml",
  };
};
