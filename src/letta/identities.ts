/**
 * Identities: names for people that a Letta server can list agents and blocks by. No model ever sees them. The SDK has no
 * words for them any more, so the requests are written out.
 */
import { asList, type Call, refuseAnswer } from "./client.ts";
import { rejectionOf } from "./faults.ts";
import type { Upstream } from "./upstream.ts";
import { asRecord, asText, type Json } from "./wire.ts";

const path = "/v1/identities/";

const idOf = (identity: unknown): string => asText(asRecord(identity)?.["id"]) ?? refuseAnswer();

/** What the port says about identities. `PUT` is called upsert there and makes none (404, 0.16.7): so look, make or patch. */
export const createIdentities = (call: Call): Pick<Upstream, "ensureIdentity" | "attachIdentity"> => {
  const find = async (key: string, abort: AbortSignal): Promise<Json | undefined> => {
    const found = await call("read", abort, (client, options) =>
      client.get<unknown>(path, { ...options, query: { identifier_key: key } }).then(asList),
    );
    return found.map(asRecord).find((identity) => identity?.["identifier_key"] === key);
  };

  /** Null when somebody else has made it since it was looked for. */
  const make = (key: string, name: string, abort: AbortSignal): Promise<string | null> =>
    call<string | null>(
      "change",
      abort,
      (client, options) =>
        client
          .post<unknown>(path, { ...options, body: { identifier_key: key, name, identity_type: "user" } })
          .then(idOf),
      (error) => {
        if (rejectionOf(error)?.status === 409) return null;
        throw error;
      },
    );

  const rename = (id: string, name: string, abort: AbortSignal) =>
    call("change", abort, (client, options) => client.patch<unknown>(`${path}${id}`, { ...options, body: { name } }));

  return {
    async ensureIdentity({ key, name }, abort) {
      const made = (await find(key, abort)) ?? (await make(key, name, abort)) ?? (await find(key, abort));
      if (typeof made === "string") return made;
      const id = idOf(made);
      if (made?.["name"] !== name) await rename(id, name, abort);
      return id;
    },

    async attachIdentity(block, identity, abort) {
      await call("change", abort, (client, options) =>
        client.patch<unknown>(`/v1/blocks/${block}/identities/attach/${identity}`, options),
      );
    },
  };
};
