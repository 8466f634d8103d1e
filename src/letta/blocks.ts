/** Blocks that belong to no agent, by their ids. */
import { type Call, refuseAnswer } from "./client.ts";
import { nullIfMissing } from "./missing.ts";
import type { Upstream } from "./upstream.ts";
import { asRecord, asText } from "./wire.ts";

const isId = (id: string): boolean => /^[\w-]+$/.test(id);

const textIn = (block: unknown): string => {
  const value = asRecord(block)?.["value"];
  return typeof value === "string" ? value : refuseAnswer();
};

/** What the port says about blocks. The server does not hold a block's text to its limit (0.16.7): whoever writes does. */
export const createBlocks = (call: Call): Pick<Upstream, "createBlock" | "readBlock" | "writeBlock"> => ({
  createBlock: (block, abort) =>
    call("change", abort, (client, options) =>
      client.blocks.create({ ...block, value: "" }, options).then((made) => asText(made?.id) ?? refuseAnswer()),
    ),

  async readBlock(id, abort) {
    if (!isId(id)) return null;
    return call<string | null>(
      "read",
      abort,
      (client, options) => client.blocks.retrieve(id, options).then(textIn),
      nullIfMissing,
    );
  },

  async writeBlock(id, text, abort) {
    if (!isId(id)) return false;
    const written = await call<string | null>(
      "change",
      abort,
      (client, options) => client.blocks.update(id, { value: text }, options).then(textIn),
      nullIfMissing,
    );
    return written !== null;
  },
});
