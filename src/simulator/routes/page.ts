import type { Context } from "hono";
import type { Resource } from "../store/resources.ts";
import { isAscending, limitOf, queryOf } from "./request.ts";

/** One page of a list that is oldest first: `after` and `before` follow the order asked for. */
export const pageOf = (c: Context, all: readonly Resource[], usual: "asc" | "desc"): readonly Resource[] => {
  const ordered = isAscending(c, usual) ? all : all.toReversed();
  const place = (id: string | null): number => (id === null ? -1 : ordered.findIndex((one) => one.id === id));
  const after = place(queryOf(c, "after"));
  const before = place(queryOf(c, "before"));
  return ordered.slice(after + 1, before === -1 ? undefined : before).slice(0, limitOf(c, 50));
};
