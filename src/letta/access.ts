/** How the turns of one account reach its Letta server. */
import type { Upstream } from "./upstream.ts";

export type AccountAccess = {
  readonly upstream: Upstream;
  /** Whether posts ask for background mode; turned off for good when the server has none. */
  readonly background: () => boolean;
  readonly disableBackground: () => void;
  /** The server runs inside this process: a run that an earlier process started died with it. */
  readonly embedded: boolean;
};
