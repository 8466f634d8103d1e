/**
 * The names under which the API answers. A page on the web can give its own name our address and would then be of one
 * origin with us (DNS rebinding); but the browser still sends that name as `Host`. An IP address is nobody's name, so a
 * request for one is let in.
 */
import { isIP } from "node:net";

/** The name in a `Host` header, without its port, in lower case. */
const nameIn = (host: string): string | undefined =>
  /^(\[[\da-f:.]+\]|[^\s:@/?#\\[\]]+)(?::\d{1,5})?$/i.exec(host.trim())?.[1]?.toLowerCase().replace(/\.$/, "");

/** Probes ask by address, platforms by whatever name they were given; and what they get, everybody may have. */
export const isUnderAnyName = (path: string): boolean => /^\/(?:|health|livez|readyz|webhooks\/.*)$/.test(path);

const isLocalName = (name: string): boolean => name === "localhost" || name.endsWith(".localhost");

/** Whether a `Host` header says a name or an address that a machine has for itself alone. */
export const isThisMachine = (host: string | null): boolean => {
  const name = nameIn(host ?? "");
  return name !== undefined && (isLocalName(name) || name === "[::1]" || (isIP(name) === 4 && name.startsWith("127.")));
};

export type KnowsHost = (host: string | undefined) => boolean;

/** `publicUrl`'s name, those in the list, this machine's and every IP address. */
export const knowHosts = (names: readonly string[], publicUrl: string | undefined): KnowsHost => {
  const known = new Set(names.map((name) => name.toLowerCase()));
  if (publicUrl !== undefined) known.add(new URL(publicUrl).hostname);
  return (host) => {
    const name = host === undefined ? undefined : nameIn(host);
    if (name === undefined) return false;
    return known.has(name) || isLocalName(name) || isIP(name.replace(/^\[(.*)\]$/, "$1")) !== 0;
  };
};
