/** The OpenAPI document: the route table, and what `operations.ts` says of each route. */
import { z } from "zod";
import { catalogue, type FaultCode } from "../../errors.ts";
import * as answers from "./answers.ts";
import { isUnderAnyName } from "../host.ts";
import { groups, type Operation } from "./operation.ts";
import { operations } from "./operations.ts";
import * as requests from "./requests.ts";

export type Json = { readonly [key: string]: unknown };
/** A route of the table, without its handler. */
export type Listed = readonly [
  method: string,
  path: string,
  who: "anyone" | "platform" | readonly string[],
  ...unknown[],
];

type Media = Readonly<Record<string, { readonly schema?: Json; readonly example?: unknown }>>;
type Response = { readonly description: string; readonly content: Media; readonly headers?: Json };
export type Described = {
  readonly operationId: string;
  readonly tags: readonly string[];
  readonly summary: string;
  readonly description?: string;
  readonly security: readonly Json[];
  readonly parameters: readonly { readonly name: string; readonly in: string; readonly schema: Json }[];
  readonly requestBody?: { readonly required: true; readonly content: Media };
  readonly responses: Readonly<Record<string, Response>>;
};
export type ApiDocument = ReturnType<typeof describeApi>;

/** Names of components: those of the exported schemas. */
const registry = z.registry<{ id: string }>();
for (const [id, schema] of Object.entries({ ...answers, ...requests })) {
  if (/^[A-Z]/.test(id)) registry.add(schema, { id });
}

const refOf = (id: string): string => `#/components/schemas/${id}`;

/** What makes a schema a document of its own is not said inside of another. */
const bare = (schema: Json): Json =>
  Object.fromEntries(Object.entries(schema).filter(([key]) => key !== "$schema" && key !== "$id"));

/** Objects may have more fields than are named: clients have to bear what newer versions add. */
const components = (): Readonly<Record<string, Json>> => {
  const { schemas } = z.toJSONSchema(registry, { uri: refOf, io: "input" });
  return Object.fromEntries(Object.entries(schemas).map(([id, schema]) => [id, bare(schema)]));
};

const schemaOf = (schema: z.ZodType): Json => {
  const id = registry.get(schema)?.id;
  return id === undefined ? bare(z.toJSONSchema(schema, { io: "input" })) : { $ref: refOf(id) };
};

const json = (schema: z.ZodType): Media => ({ "application/json": { schema: schemaOf(schema) } });

/** What an event holds is in the text: the specification has no words for it before 3.2. */
const eventStream = "text/event-stream";

const content = (answer: z.ZodType | string, streams: boolean): Media => {
  if (typeof answer !== "string") return { ...json(answer), ...(streams ? { [eventStream]: {} } : {}) };
  if (answer === eventStream) return { [answer]: {} };
  return { [answer]: { schema: { type: answer === "application/json" ? "object" : "string" } } };
};

/** What any route may be refused with; what those behind a token may; what those that read a body may. */
const always: readonly FaultCode[] = ["internal"];
const behindToken: readonly FaultCode[] = ["unauthorized", "forbidden", "rate_limited", "too_many_attempts"];
const withBody: readonly FaultCode[] = ["bad_request", "body_too_large", "unsupported_media_type"];

const refusals = ([, path, who]: Listed, { refuses = [], body }: Operation): Described["responses"] => {
  const codes = new Set<FaultCode>([
    ...(isUnderAnyName(path) ? [] : (["misdirected"] as const)),
    ...(Array.isArray(who) ? behindToken : []),
    ...(body ? withBody : []),
    ...refuses,
    ...always,
  ]);
  const byStatus = Map.groupBy(codes, (code) => catalogue[code].status);
  const shape = path.startsWith("/v1/") ? answers.CompletionRefusal : answers.Refusal;
  return Object.fromEntries(
    [...byStatus].map(([status, those]) => [
      status,
      { description: those.map((code) => `\`${code}\`: ${catalogue[code].text}`).join("\n\n"), content: json(shape) },
    ]),
  );
};

const successes = (path: string, { answers: those, streams }: Operation): Described["responses"] =>
  Object.fromEntries(
    Object.entries(those).map(([status, answer]) => [
      status,
      {
        description: Number(status) < 300 ? "As asked." : "Not at the moment.",
        content: content(answer, streams === true && Number(status) < 300),
        ...(path === "/api/v1/chat" || path === "/api/v1/chat/async"
          ? { headers: { "X-Turn-Id": { description: "The turn.", schema: { type: "string" } } } }
          : {}),
      },
    ]),
  );

const named = (place: string, those: Readonly<Record<string, z.ZodType>>) =>
  Object.entries(those).map(([name, schema]) => ({ name, in: place, required: false, schema: schemaOf(schema) }));

const parameters = (path: string, { query = {}, headers = {} }: Operation): Described["parameters"] => {
  const inPath = [...path.matchAll(/:(\w+)/g)].map(([, name = ""]) => ({
    name,
    in: "path",
    required: true,
    schema: { type: "string", minLength: 1 },
  }));
  return [...inPath, ...named("query", query), ...named("header", headers)];
};

const describe = (route: Listed, operation: Operation): Described => {
  const [, path, who] = route;
  const { group, id, summary, description, body, form, example } = operation;
  const scopes = Array.isArray(who) ? `Needs the scope ${who.map((one) => `\`${one}\``).join(" or ")}.` : undefined;
  const words = [description, scopes].filter((one) => one !== undefined);
  return {
    operationId: id,
    tags: [group],
    summary,
    ...(words.length === 0 ? {} : { description: words.join("\n\n") }),
    security: Array.isArray(who) ? [{ bearer: [] }, { apiKey: [] }] : [],
    parameters: parameters(path, operation),
    ...(body
      ? {
          requestBody: {
            required: true,
            content: {
              "application/json": { schema: schemaOf(body), ...(example ? { example } : {}) },
              ...(form ? { "multipart/form-data": { schema: schemaOf(form) } } : {}),
            },
          },
        }
      : {}),
    responses: { ...refusals(route, operation), ...successes(path, operation) },
  };
};

/** OpenAPI 3.1. Routes that nothing is said of are left out; a test sees to it that there are none. */
export const describeApi = (table: readonly Listed[], version: string) => {
  const paths: Record<string, Record<string, Described>> = {};
  for (const route of table) {
    const [method, path] = route;
    const operation = operations[`${method} ${path}`];
    if (!operation) continue;
    const item = (paths[path.replaceAll(/:(\w+)/g, "{$1}")] ??= {});
    item[method.toLowerCase()] = describe(route, operation);
  }
  return {
    openapi: "3.1.0",
    info: {
      title: "lettabox",
      version,
      description: "Letta agents behind an HTTP API: every request is a turn that can be read, followed and cancelled.",
      license: { name: "MIT", identifier: "MIT" },
    },
    servers: [{ url: "/" }],
    tags: groups.map((name) => ({ name })),
    paths,
    components: {
      schemas: components(),
      securitySchemes: {
        bearer: { type: "http", scheme: "bearer" },
        apiKey: { type: "apiKey", in: "header", name: "X-Api-Key" },
      },
    },
  };
};
