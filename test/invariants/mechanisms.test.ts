/**
 * The switch: each invariant's mechanism is taken out of a copy of the source, and its test has to turn red there. A test
 * that stays green without the mechanism proves nothing. A line that is not found any more fails too: name the new one.
 */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

type Mechanism = {
  readonly what: string;
  readonly file: string;
  readonly line: string;
  readonly without: string;
  readonly test: string;
  /** Which of the file's tests has to notice. */
  readonly named: string;
};

const mechanisms: readonly Mechanism[] = [
  {
    what: "1: waiting for the commit",
    file: "src/http/webhooks.ts",
    line: "await deps.inbox.receive(bot, events)",
    without: "deps.inbox.receive(bot, events).catch(() => undefined)",
    test: "01-commit-then-acknowledge.test.ts",
    named: "what cannot be committed is not acknowledged",
  },
  {
    what: "2: telling the user about a failure",
    file: "src/turn/finish.ts",
    line: "const told = note ?? errorText;",
    without: "const told = note;",
    test: "02-one-visible-end.test.ts",
    named: "a failure is told",
  },
  {
    what: "3: looking for known keys",
    file: "src/store/inbox.ts",
    line: "if (duplicate) return duplicate;",
    without: "if (duplicate) event = { ...event, keys: [`${Math.random()}`] };",
    test: "03-same-event-once.test.ts",
    named: "three deliveries at once",
  },
  {
    what: "4: one turn at a time in a lane",
    file: "src/store/lanes.ts",
    line: "if (sqlite.query(busySql).get(args.lane)) return { turn: null, starved: false };",
    without: "",
    test: "04-order.test.ts",
    named: "a turn that a restart left in the middle",
  },
  {
    what: "5: finding a post that arrived",
    file: "src/letta/reconcile.ts",
    line: "if (showsPost(frames, post.messages)) return",
    without: "if (post.messages.length === 0) return",
    test: "05-reaches-the-agent-once.test.ts",
    named: "a post whose answer was cut off entirely",
  },
  {
    what: "6: a lost answer is doubted only once",
    file: "src/outbox/sender.ts",
    line: "if (copyWhenLost && !row.copied) {",
    without: "if (!row.copied) {",
    test: "06-committed-before-sent.test.ts",
    named: "where a copy costs money",
  },
  {
    what: "8: keeping the hash of a token, not the token",
    file: "src/crypto/tokens.ts",
    line: 'createHash("sha256").update(token, "utf8").digest("hex")',
    without: "token",
    test: "08-secrets-stay-inside.test.ts",
    named: ".",
  },
  {
    what: "9: the generated token stays on this machine",
    file: "src/http/auth.ts",
    line: "(token.name !== generatedTokenName || via.loopback || via.socket)",
    without: "(token.name !== generatedTokenName || true || via.loopback)",
    test: "09-fail-closed.test.ts",
    named: "the generated token does not count",
  },
  {
    what: "9: asking who it is before a route runs",
    file: "src/http/app.ts",
    line: "handler(c, admit(deps, c, who))",
    without: 'handler(c, { tokenId: 1, scopes: new Set(["admin"]), agents: null })',
    test: "09-fail-closed.test.ts",
    named: "no route answers without a token",
  },
  {
    what: "9: asking whether somebody was let in",
    file: "src/access/rules.ts",
    line: 'isOperator || grant?.state === "granted" || listed || mode === "open";',
    without: 'isOperator || grant?.state === "granted" || listed || mode !== "allowlist";',
    test: "09-fail-closed.test.ts",
    named: "a stranger in a chat meets pairing",
  },
  {
    what: "10: taking over what the previous process held",
    file: "src/pipeline.ts",
    line: "for (const turn of [...uncertain, ...waiting]) takeover.take(turn, engine.reconcile);",
    without: "void [uncertain, waiting];",
    test: "10-stop-and-go-on.test.ts",
    named: "what still runs when the drain is over",
  },
];

const root = join(import.meta.dir, "../..");
let copy: string;

beforeAll(() => {
  copy = mkdtempSync(join(tmpdir(), "lettabox-without-"));
  for (const part of ["src", "test", "migrations", "package.json", "tsconfig.json"]) {
    cpSync(join(root, part), join(copy, part), { recursive: true });
  }
  symlinkSync(join(root, "node_modules"), join(copy, "node_modules"));
});

afterAll(() => rmSync(copy, { recursive: true, force: true }));

/** A test that is going to be red need not be waited for as long as any other. */
const soon = { timeoutMs: 6_000, env: { LETTABOX_TEST_STUCK_MS: "3000" } };
const usual = { timeoutMs: 25_000, env: {} };

const run = async (mechanism: Mechanism, { timeoutMs, env }: typeof soon | typeof usual): Promise<number> => {
  const { test: file, named } = mechanism;
  const child = Bun.spawn(
    [process.execPath, "test", `test/invariants/${file}`, "--timeout", String(timeoutMs), "-t", named],
    { cwd: copy, stdout: "ignore", stderr: "ignore", env: { ...Bun.env, ...env } },
  );
  return child.exited;
};

for (const mechanism of mechanisms) {
  test(`without its mechanism the test is red — ${mechanism.what}`, async () => {
    const path = join(copy, mechanism.file);
    const source = readFileSync(path, "utf8");
    expect(source.split(mechanism.line)).toHaveLength(2);
    writeFileSync(path, source.replace(mechanism.line, mechanism.without));
    try {
      expect(await run(mechanism, soon)).not.toBe(0);
    } finally {
      writeFileSync(path, source);
    }
  }, 30_000);
}

test("with all mechanisms in place the copy is green, so a red one above is the mechanism's doing", async () => {
  const [first] = mechanisms;
  if (!first) throw new Error("there are no mechanisms");
  expect(await run(first, usual)).toBe(0);
}, 30_000);
