/** Holds what the server answers against what `/openapi.json` says of it. */
import { routes } from "../../src/http/app.ts";
import type { HttpDeps } from "../../src/http/context.ts";
import { CompletionRefusal, Refusal } from "../../src/http/openapi/answers.ts";
import { describeApi } from "../../src/http/openapi/document.ts";
import { operations } from "../../src/http/openapi/operations.ts";

const { paths } = describeApi(routes({} as HttpDeps), "test");

/** Where two paths match, the one with more letters of its own is meant. */
const known = Object.keys(operations)
  .map((route) => {
    const [method = "", path = ""] = route.split(" ");
    const pattern = new RegExp(`^${path.replaceAll(/:\w+/g, "[^/]+")}/?$`);
    const described = paths[path.replaceAll(/:(\w+)/g, "{$1}")]?.[method.toLowerCase()];
    return { route, method, path, pattern, described, letters: path.replaceAll(/:\w+/g, "").length };
  })
  .toSorted((a, b) => b.letters - a.letters);

/** Throws when an answer in JSON has a status, a field or a value that is not described. Reads a copy of the answer. */
export const expectDescribed = async (path: string, method: string, response: Response): Promise<void> => {
  const { pathname } = new URL(path, "http://localhost");
  const found = known.find((one) => one.method === method.toUpperCase() && one.pattern.test(pathname));
  if (!found || !(response.headers.get("content-type") ?? "").startsWith("application/json")) return;
  const { status } = response;
  const body: unknown = await response.clone().json();
  const said = `${found.route} answered ${status} ${JSON.stringify(body)}`;
  if (!found.described?.responses[status]) throw new Error(`${said}, a status that is not described`);
  const own = operations[found.route]?.answers[status];
  if (typeof own === "string") return;
  const refusal = found.path.startsWith("/v1/") ? CompletionRefusal : Refusal;
  const fits = [own, refusal].some((schema) => {
    const parsed = schema?.safeParse(body);
    // Parsing leaves out what has no place in the schema.
    return parsed?.success === true && Bun.deepEquals(parsed.data, body);
  });
  if (!fits) throw new Error(`${said}, which is not the shape that is described`);
};
