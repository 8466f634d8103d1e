/** What every request passes on its way in, and every answer on its way out. */
import type { MiddlewareHandler } from "hono";
import { Fault } from "../errors.ts";
import { forwardedSecure } from "./address.ts";
import { letIn } from "./cors.ts";
import type { Env } from "./context.ts";
import type { Edges } from "./edges.ts";
import { isUnderAnyName } from "./host.ts";
import { insistOnTls, protect } from "./headers.ts";

const misdirected = () =>
  new Fault("misdirected", {
    hint: "Set PUBLIC_URL to the address that is used, or list its name under `hosts` in lettabox.yaml.",
  });

const dress = ({ tls, trusts, allowsOrigin }: Edges, request: Request, peer: string | undefined, head: Headers) => {
  const { headers } = request;
  protect(head);
  // Where no proxy tells how it came, it is said all the same: browsers heed it over TLS only.
  if (tls && forwardedSecure(peer, headers.get("x-forwarded-proto"), trusts) !== false) insistOnTls(head);
  if (allowsOrigin === undefined) return;
  head.append("vary", "Origin");
  if (allowsOrigin(headers.get("origin"))) letIn(request, head);
};

/** `refuse` tells a fault in the shape that the path's errors have. */
export const entrance =
  (edges: Edges, refuse: (path: string, fault: Fault) => Response): MiddlewareHandler<Env> =>
  async (c, next) => {
    const said = new Headers();
    c.set("said", said);
    const { socket, peer } = c.env;
    const path = c.req.path.replace(/(?<=.)\/+$/, "");
    if (socket || isUnderAnyName(path) || edges.knowsHost(c.req.header("host"))) await next();
    else c.res = refuse(c.req.path, misdirected());
    for (const [name, value] of said) c.res.headers.set(name, value);
    dress(edges, c.req.raw, peer, c.res.headers);
  };
