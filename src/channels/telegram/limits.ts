/** What Telegram takes: documented limits, and its guidance on how fast a bot may speak. */
import type { Limits } from "../channel.ts";
import { richLimit } from "./format.ts";

export const limits: Limits = {
  // Of a rich message. `format.ts` keeps text with entities and plain text within their 4096.
  text: richLimit.text,
  unit: "utf16",
  fileBytes: 50 * 1024 * 1024,
  editSpacingMs: 1_000,
  choices: { max: 40, labelMax: 64 },
  idempotentMs: 0,
  copyWhenLost: true,
  typingMs: 5_000,
  previewMs: 30_000,
  pace: {
    bot: { burst: 25, everyMs: 40 },
    direct: { burst: 3, everyMs: 1_000 },
    // 20 in a minute.
    group: { burst: 5, everyMs: 3_000 },
  },
};

/** Longest text beside a file. */
export const captionMax = 1_024;
/** Larger files are not handed to bots. */
export const downloadMax = 20 * 1024 * 1024;
