/** Which requests to a Letta server a fault is meant for. */

export type Asked = { readonly method: string; readonly path: string };

export type Which = (asked: Asked) => boolean;

const bare = ({ path }: Asked): string => path.split("?")[0] ?? "";

/** Messages for an agent: the only requests that begin a run. */
export const posts: Which = (asked) =>
  asked.method === "POST" && /^\/v1\/conversations\/[^/]+\/messages$/.test(bare(asked));

/** What the state of one run is. */
export const runLooks: Which = (asked) => asked.method === "GET" && /^\/v1\/runs\/[^/]+$/.test(bare(asked));

/** What one run has said. */
export const runHistories: Which = (asked) =>
  asked.method === "GET" && /^\/v1\/runs\/[^/]+\/messages$/.test(bare(asked));

/** The runs of an agent. */
export const runListings: Which = (asked) => asked.method === "GET" && /^\/v1\/runs\/?$/.test(bare(asked));

/** The stream of a run in the background, taken up again. */
export const resumes: Which = (asked) => asked.method === "POST" && /^\/v1\/runs\/[^/]+\/stream$/.test(bare(asked));

export const agentListings: Which = (asked) => asked.method === "GET" && /^\/v1\/agents\/?$/.test(bare(asked));

export const newConversations: Which = (asked) =>
  asked.method === "POST" && /^\/v1\/conversations\/?$/.test(bare(asked));

export const reads: Which = ({ method }) => method === "GET";

export const anything: Which = () => true;
