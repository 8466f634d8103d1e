/** What there is to say about a setting beside what it may be. It hangs on the schema, so that each is said once. */
import { z } from "zod";

/** What the command line may set; secrets are no part of it, because process arguments are public. */
export type Flags = {
  /** Path of the configuration file. */
  readonly config: string | undefined;
  readonly host: string | undefined;
  readonly port: string | undefined;
  readonly dataDir: string | undefined;
  readonly publicUrl: string | undefined;
  readonly logLevel: string | undefined;
  readonly logFormat: string | undefined;
};

export type About = {
  /** A sentence for people, without a full stop at the end; code stands between backticks. */
  readonly text: string;
  readonly env?: string;
  /** Names that other programs use for it; accepted, with a notice. */
  readonly aliases?: readonly string[];
  readonly flag?: keyof Flags;
  /** Never printed; also as `NAME_FILE`, or a systemd credential called NAME. */
  readonly secret?: true;
  /** A value for the example file, where there is no default. A secret's is a placeholder that the schema refuses. */
  readonly example?: unknown;
};

type Type = z.core.$ZodType;

const abouts = new WeakMap<Type, About>();

/** Says something about a setting or a group of them: the finished type, defaults included, which no other setting has. */
export const say = <T extends Type>(about: About | string, type: T): T => {
  abouts.set(type, typeof about === "string" ? { text: about } : about);
  return type;
};

export const aboutOf = (type: Type): About | undefined => abouts.get(type);

/** What a type is made of. Zod's classic types, which are all that is used here, have it in public. */
export const definitionOf = (type: Type) => (type as z.ZodType).def as z.core.$ZodTypes["_zod"]["def"];

/** The settings of a group, through whatever is wrapped around it; undefined for what is no group. */
export const membersOf = (type: Type): Readonly<Record<string, Type>> | undefined => {
  const def = definitionOf(type);
  if (def.type === "object") return def.shape;
  if (def.type === "readonly" || def.type === "prefault") return membersOf(def.innerType);
  return undefined;
};

/** What is in force where nothing is set; undefined where there is no default. */
export const defaultOf = (type: Type): unknown => {
  const def = definitionOf(type);
  return def.type === "default" ? def.defaultValue : undefined;
};
