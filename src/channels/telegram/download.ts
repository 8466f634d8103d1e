/** The bytes of an incoming file. Their address holds the token, so nobody else gets to see it. */
import { Fault } from "../../errors.ts";
import type { FileRef } from "../../message.ts";
import type { TelegramApi } from "./api.ts";
import { faultFromRejection } from "./faults.ts";
import { downloadMax } from "./limits.ts";

const tooLarge = () =>
  new Fault("file_unavailable", { message: "The file is larger than Telegram hands to bots (20 MB)." });

export const createDownload =
  (api: TelegramApi) =>
  async ({ id, bytes = 0 }: FileRef, abort: AbortSignal): Promise<Response> => {
    if (bytes > downloadMax) throw tooLarge();
    const { result, rejection } = await api.ask("getFile", { file_id: id }, { abort });
    if (rejection) {
      const fault = faultFromRejection(rejection);
      throw fault.code === "send_refused" ? new Fault("file_unavailable", { hint: fault.hint ?? "" }) : fault;
    }
    const { file_path: path, file_size: size = 0 } = result;
    if (size > downloadMax) throw tooLarge();
    if (path === undefined) throw new Fault("file_unavailable");
    const response = await api.fetchFile(path, abort);
    if (!response.ok) {
      await response.body?.cancel();
      if (response.status >= 500 || response.status === 429) throw new Fault("send_unreachable");
      throw new Fault("file_unavailable", { hint: `Telegram answered ${response.status}.` });
    }
    const length = response.headers.get("content-length");
    if (Number(length ?? 0) > downloadMax) {
      await response.body?.cancel();
      throw tooLarge();
    }
    // A response of its own: the one that was fetched tells its address.
    return new Response(response.body, length === null ? {} : { headers: { "content-length": length } });
  };
