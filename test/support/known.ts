/** Getting to know a box: claim codes, pairing codes, and what an operator does by the API. */
import type { Box } from "./box.ts";
import { readExposition } from "./exposition.ts";
import { readIndependently } from "./independent-reader.ts";

type Row = Readonly<Record<string, unknown>>;

export const knownTo = (box: () => Box) => {
  const admin = async (
    method: string,
    path: string,
    body?: unknown,
  ): Promise<{ readonly status: number; readonly body: unknown }> => {
    const response = await box()
      .app()
      .call(path, {
        method,
        ...(body === undefined ? {} : { body: JSON.stringify(body), headers: { "content-type": "application/json" } }),
      });
    return { status: response.status, body: await response.json() };
  };

  /** A new claim code of the bot. */
  const claim = async (): Promise<string> => {
    const { body } = await admin("POST", "/api/v1/claims", {});
    return (body as { readonly code: string }).code;
  };

  /** The code that was shown in this chat last. */
  const codeOf = (chat: string): Promise<string> =>
    box().until(() => {
      const shown = box()
        .standing(chat)
        .flatMap(({ text }) => /`([A-HJ-NP-Z2-9]{8})`/.exec(text)?.[1] ?? []);
      return shown.at(-1);
    });

  /** What stands in the database, as another program reads it. */
  const rows = (sql: string): Promise<readonly Row[]> =>
    readIndependently(box().dataDir, sql) as Promise<readonly Row[]>;

  /** Waits until nothing is under way any more: from then on, what was not said is not going to be. */
  const quiet = async (): Promise<void> => {
    const open =
      "SELECT (SELECT count(*) FROM turns WHERE finished_at IS NULL) + (SELECT count(*) FROM outbox WHERE finished_at IS NULL) AS n";
    await box().until(async () => ((await rows(open))[0]?.["n"] === 0 ? true : undefined));
  };

  /** How often Letta was asked anything, whatever it was; waits until the agents are known first. */
  const asked = async (): Promise<number> => {
    await box().until(async () => ((await fetch(`${box().app().url}/readyz`)).ok ? true : undefined));
    const text = await (await box().app().call("/metrics")).text();
    return readExposition(text).value("lettabox_upstream_seconds_count");
  };

  return { admin, claim, codeOf, rows, quiet, asked };
};
