/** `/openapi.json` and `/docs`: made when somebody asks first, since most servers are never asked. */
import type { Listed } from "./document.ts";

type Deps = { readonly version: string };

const describe = async (deps: Deps, table: () => readonly Listed[]) => {
  const { describeApi } = await import("./document.ts");
  return describeApi(table(), deps.version);
};

/** One answer, made once. */
const once = (make: () => Promise<string>, head: Readonly<Record<string, string>>): (() => Promise<Response>) => {
  let made: string | undefined;
  return async () => {
    made ??= await make();
    return new Response(made, { headers: head });
  };
};

/** The table is asked for when it is complete: it has these routes in it. */
export const showOpenapi = (deps: Deps, table: () => readonly Listed[]): (() => Promise<Response>) =>
  once(async () => JSON.stringify(await describe(deps, table)), { "content-type": "application/json" });

/** A page of text and one style sheet: it runs nothing, loads nothing and is framed nowhere. */
export const showDocs = (deps: Deps, table: () => readonly Listed[]): (() => Promise<Response>) =>
  once(
    async () => {
      const { writePage } = await import("./page.ts");
      return writePage(await describe(deps, table));
    },
    {
      "content-type": "text/html; charset=utf-8",
      "content-security-policy":
        "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    },
  );
