import { expect, test } from "bun:test";
import { knowHosts } from "./host.ts";

const knows = knowHosts(["lettabox.internal", "Box"], "https://Agents.example.org:8443/base");

test.each([
  "agents.example.org",
  "AGENTS.example.org:8443",
  "agents.example.org.",
  "agents.example.org:80",
  "lettabox.internal:8080",
  "box",
  "localhost",
  "localhost:8080",
  "app.localhost",
  "127.0.0.1:8080",
  "192.168.1.5",
  "[::1]:8080",
  "[2001:db8::7]",
])("%s is a name of ours, or nobody's", (host) => {
  expect(knows(host)).toBe(true);
});

test.each([
  "",
  " ",
  "evil.example",
  "evil.example:8080",
  "agents.example.org.evil.example",
  "evil-agents.example.org",
  "localhost.evil.example",
  "notlocalhost",
  "agents.example.org, evil.example",
  "user@agents.example.org",
  "agents.example.org/x",
  "agents.example.org:x",
  "[::1",
  "::1",
  "127.0.0.1.evil.example",
  "0x7f.1.evil",
])("%p is not", (host) => {
  expect(knows(host)).toBe(false);
});

test("a request that names nobody is not meant for us", () => {
  expect(knows(undefined)).toBe(false);
});
