import { expect, test } from "bun:test";
import { at, json, never, queryOf, startServer } from "./test-server.ts";

const ada = { id: "identity-1", identifier_key: "stub::ada", name: "Ada" };
const person = { key: "stub::ada", name: "Ada" };
const path = "/v1/identities/";

const methods = (requests: readonly { readonly method: string }[]) => requests.map(({ method }) => method);

test("one that is not there is made, as a user", async () => {
  await using server = await startServer({ [`GET ${path}`]: json([]), [`POST ${path}`]: json(ada) });
  expect(await at(server.url).ensureIdentity(person, never)).toBe("identity-1");
  expect(queryOf(server.requests[0]).get("identifier_key")).toBe("stub::ada");
  expect(server.requests[1]?.body).toEqual({ identifier_key: "stub::ada", name: "Ada", identity_type: "user" });
});

test("one that is there is taken, and renamed where it has another name", async () => {
  await using server = await startServer({ [`GET ${path}`]: json([ada]), [`PATCH ${path}identity-1`]: json(ada) });
  expect(await at(server.url).ensureIdentity(person, never)).toBe("identity-1");
  expect(methods(server.requests)).toEqual(["GET"]);
  await at(server.url).ensureIdentity({ ...person, name: "Ada L" }, never);
  expect(server.requests.at(-1)).toMatchObject({ method: "PATCH", body: { name: "Ada L" } });
});

test("one that somebody else made in between is found again", async () => {
  let looks = 0;
  await using server = await startServer({
    [`GET ${path}`]: () => Response.json((looks += 1) === 1 ? [] : [ada]),
    [`POST ${path}`]: json({ detail: "exists" }, 409),
  });
  expect(await at(server.url).ensureIdentity(person, never)).toBe("identity-1");
});

test("a server that ignores the key does not hand over somebody else", async () => {
  const bob = { id: "identity-2", identifier_key: "stub::bob", name: "Bob" };
  await using server = await startServer({ [`GET ${path}`]: json([bob]), [`POST ${path}`]: json(ada) });
  expect(await at(server.url).ensureIdentity(person, never)).toBe("identity-1");
});
