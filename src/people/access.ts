/** How the turns of an account reach its Letta server. Only the house has one yet. */
import { Fault } from "../errors.ts";
import type { AccountAccess } from "../letta/access.ts";
import type { Upstream } from "../letta/upstream.ts";

/** Stands for a server that cannot be reached for good: everything throws. */
const refusing = (fault: Fault): Upstream =>
  new Proxy({} as Upstream, {
    get: () => () => {
      throw fault;
    },
  });

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
    // Rows of a server that the configuration no longer names. They fail and are kept: waiting would hold up their chats.
    return { ...access, upstream: refusing(new Fault("letta_unconfigured")) };
  };
};
