/** Everything that goes wrong between us and a Letta server, as cases for any of them. */
import type { Case } from "../contract/upstream/case.ts";
import { pages } from "./pages.ts";
import { posts } from "./posts.ts";
import { reads } from "./reads.ts";
import { redirects } from "./redirects.ts";
import { turns } from "./turns.ts";

/** One request each. */
export const requests: readonly Case[] = [...posts, ...reads, ...pages, ...redirects];

export const faults: readonly Case[] = [...requests, ...turns];
