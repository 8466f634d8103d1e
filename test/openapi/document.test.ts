/** `/openapi.json` and `/docs`: every route is described, and what is described is what happens. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import type { HttpDeps } from "../../src/http/context.ts";
import { routes } from "../../src/http/app.ts";
import type { ApiDocument } from "../../src/http/openapi/document.ts";
import { operations } from "../../src/http/openapi/operations.ts";
import { startApp, type TestApp } from "../support/app.ts";

let box: TestApp;
let document: ApiDocument;

beforeAll(async () => {
  box = await startApp();
  document = (await (await box.call("/openapi.json")).json()) as ApiDocument;
});
afterAll(() => box.stop());

/** Every `$ref` in a value. */
const refsIn = (value: unknown): readonly string[] => {
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) =>
    key === "$ref" && typeof inner === "string" ? [inner] : refsIn(inner),
  );
};

const named = Object.entries(operations);

describe("the document", () => {
  test("describes the routes of the table, and no others", () => {
    const table = routes({} as HttpDeps).map(([method, path]) => `${method} ${path}`);
    expect(Object.keys(operations).toSorted()).toEqual(table.toSorted());
    const described = Object.entries(document.paths).flatMap(([path, item]) =>
      Object.keys(item).map((method) => `${method.toUpperCase()} ${path.replaceAll(/\{(\w+)\}/g, ":$1")}`),
    );
    expect(described.toSorted()).toEqual(table.toSorted());
  });

  test("has the form of OpenAPI 3.1", () => {
    expect(document.openapi).toMatch(/^3\.1\.\d$/);
    expect(document.info.version).toBe("0.0.0-test");
    const items = Object.entries(document.paths).flatMap(([path, item]) =>
      Object.values(item).map((operation) => ({ path, operation })),
    );
    const ids = items.map(({ operation }) => operation.operationId);
    expect(new Set(ids).size).toBe(ids.length);
    for (const { path, operation } of items) {
      const inPath = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
      expect(operation.parameters.filter((one) => one.in === "path").map(({ name }) => name)).toEqual(
        inPath as string[],
      );
      expect(Object.keys(operation.responses).every((status) => /^[1-5]\d\d$/.test(status))).toBe(true);
      for (const response of Object.values(operation.responses)) expect(response.description).not.toBe("");
      const schemes = operation.security.flatMap((one) => Object.keys(one));
      expect(schemes.filter((name) => !(name in document.components.securitySchemes))).toEqual([]);
    }
  });

  test("refers to nothing that it does not hold, and holds nothing that nobody refers to", () => {
    const known = Object.keys(document.components.schemas).map((name) => `#/components/schemas/${name}`);
    expect([...new Set(refsIn(document))].toSorted()).toEqual(known.toSorted());
  });

  test("says who may: a route behind a token has security, one for anyone has none", () => {
    expect(document.paths["/health"]?.["get"]?.security).toEqual([]);
    expect(document.paths["/api/v1/tokens"]?.["get"]?.security).not.toEqual([]);
    expect(document.paths["/api/v1/tokens"]?.["get"]?.description).toContain("`admin`");
  });
});

test("begins with what programs ask, and ends with what watches the server", () => {
  const groups = document.tags.map(({ name }) => name);
  expect(groups[0]).toBe("Asking");
  expect(groups.at(-1)).toBe("Health");
  expect(new Set<string>(groups)).toEqual(new Set(named.map(([, { group }]) => group)));
});

test("says of every path whether it answers under any name", async () => {
  for (const path of Object.keys(document.paths).filter((one) => !one.includes("{"))) {
    const [[method, described] = ["get"]] = Object.entries(document.paths[path] ?? {});
    const headers = { host: "elsewhere.example" };
    const { status } = await fetch(`${box.url}${path}`, { method: method.toUpperCase(), headers });
    expect([path, "421" in (described?.responses ?? {})]).toEqual([path, status === 421]);
  }
});

describe("the examples", () => {
  /** About something that a fresh server does not have: these are shaped right, and are answered with a 404. */
  const about = [
    "POST /api/v1/turns/:id/approval",
    "POST /api/v1/messages",
    "POST /api/v1/conversation",
    "PATCH /api/v1/groups/:id",
  ];

  /** About a bot, and a fresh server has none: shaped right, and answered with a 400 that names what is wrong. */
  const aboutBots = named.flatMap(([route]) =>
    /^POST \/api\/v1\/(pairing\/:channel\/\w+|claims)$/.test(route) ? [route] : [],
  );

  for (const [route, { body, example, answers }] of named.filter(([, one]) => one.body)) {
    test(`${route} does with its example what is said`, async () => {
      expect(body?.parse(example)).toEqual(example);
      const [method = "", path = ""] = route.split(" ");
      const response = await box.call(path.replace(":id", "turn_unknown"), {
        method,
        headers: { "content-type": "application/json" },
        body: JSON.stringify(example),
      });
      const answer: unknown = await response.json();
      if (about.includes(route)) {
        expect(response.status).toBe(404);
        return;
      }
      if (aboutBots.includes(route)) {
        expect(response.status).toBe(400);
        expect(["channel", "bot"]).toContain((answer as { field: string }).field);
        return;
      }
      const schema = answers[response.status];
      if (schema === undefined || typeof schema === "string") throw new Error(`${response.status} is not described`);
      expect(schema.parse(answer)).toEqual(answer);
    });
  }
});

describe("the page", () => {
  test("names every route and loads nothing", async () => {
    const response = await box.call("/docs");
    expect(response.headers.get("content-type")).toBe("text/html; charset=utf-8");
    expect(response.headers.get("content-security-policy")).toContain("default-src 'none'");
    const html = await response.text();
    for (const [, { id }] of named) expect(html).toContain(`<details id="${id}">`);
    expect(html).not.toMatch(/<script|src=|https?:/);
    const targets = [...html.matchAll(/href="#([^"]+)"/g)].map(([, id]) => id);
    expect(targets.filter((id) => !html.includes(`id="${id}"`))).toEqual([]);
  });
});
