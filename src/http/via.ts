/** What the listener knows of a request beside the request. */

/** How a request came in, told by the listener: nothing of it can be claimed in a header. */
export type Via = {
  /** The socket file in the data directory: whoever may open it is admin. */
  readonly socket: boolean;
  /** From this machine, through no proxy. */
  readonly loopback: boolean;
  /** The address at the other end, which may be a proxy's; undefined on the socket file. */
  readonly peer?: string | undefined;
  /** Starts the connection's idle clock anew; whoever answers slowly calls it now and then. */
  readonly touch: () => void;
};
