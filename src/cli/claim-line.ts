/** What somebody does with a claim code, in a line. */
import type { Claim } from "../access/claims.ts";

export const claimLine = ({ bot, code, link }: Claim): string =>
  link === null ? `${bot}: send it \`/start ${code}\`` : `${bot}: ${link}`;
