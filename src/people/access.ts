/** How the turns of an account reach its Letta server. Only the house has one yet. */
import { Fault } from "../errors.ts";
import type { Upstream } from "../letta/upstream.ts";
import type { AccountAccess } from "../turn/session.ts";

export const createAccountAccess = (house: {
  readonly account: number;
  readonly upstream: Upstream;
  readonly background: boolean;
  readonly embedded: boolean;
}): ((account: number) => AccountAccess) => {
  let { background } = house;
  const access: AccountAccess = {
    upstream: house.upstream,
    embedded: house.embedded,
    background: () => background,
    // A server without Redis answers 503 each time; asking once is enough.
    disableBackground: () => {
      background = false;
    },
  };
  return (account) => {
    if (account === house.account) return access;
    // Rows of a server that the configuration no longer names.
    throw new Fault("letta_rejected", { message: "This chat belongs to a Letta server that is no longer configured." });
  };
};
