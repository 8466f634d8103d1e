/**
 * Who is at the other end of a connection. Anybody can write `X-Forwarded-For`, so it counts only as far as proxies that
 * the operator trusts wrote it: it is read from its end, and the first address that is no such proxy is the client.
 */
import { BlockList, isIP } from "node:net";

/** How IPv6 writes an IPv4 address. */
const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i;

/** An address without brackets, port and zone, IPv4 as IPv4; undefined for what is none. */
const readAddress = (text: string): string | undefined => {
  const bare = /^\[([^\]]*)\](?::\d+)?$/.exec(text)?.[1] ?? /^([\d.]+):\d+$/.exec(text)?.[1] ?? text;
  const plain = bare.replace(/%.*$/, "");
  const address = mapped.exec(plain)?.[1] ?? plain;
  return isIP(address) === 0 ? undefined : address;
};

export type TrustsAddress = (address: string) => boolean;

/** Networks as `10.0.0.0/8`, or single addresses; each has been checked. */
export const trustNetworks = (networks: readonly string[]): TrustsAddress => {
  if (networks.length === 0) return () => false;
  const list = new BlockList();
  for (const network of networks) {
    const [address = "", prefix] = network.split("/");
    const isV6 = isIP(address) === 6;
    list.addSubnet(address, Number(prefix ?? (isV6 ? 128 : 32)), isV6 ? "ipv6" : "ipv4");
  }
  return (address) => list.check(address, isIP(address) === 6 ? "ipv6" : "ipv4");
};

/** The client's address; undefined where there is none, as on a socket file. */
export const clientAddress = (
  peer: string | undefined,
  forwardedFor: string | null,
  trusts: TrustsAddress,
): string | undefined => {
  let client = peer === undefined ? undefined : readAddress(peer);
  const named = forwardedFor?.split(",") ?? [];
  while (client !== undefined && trusts(client)) {
    const before = readAddress(named.pop()?.trim() ?? "");
    // A proxy that names nobody speaks for itself.
    if (before === undefined) break;
    client = before;
  }
  return client;
};

/** Whether the connection was encrypted, as a trusted proxy tells it; undefined when none says so. */
export const forwardedSecure = (
  peer: string | undefined,
  forwardedProto: string | null,
  trusts: TrustsAddress,
): boolean | undefined => {
  const address = peer === undefined ? undefined : readAddress(peer);
  if (forwardedProto === null || address === undefined || !trusts(address)) return undefined;
  return forwardedProto.split(",").at(-1)?.trim().toLowerCase() === "https";
};

/** Whom an address stands for: itself, or in IPv6 the /64 that a single customer gets. */
export const neighbourhood = (address: string): string => {
  if (isIP(address) !== 6) return address;
  const [front = "", back] = address.toLowerCase().split("::");
  const groups = front === "" ? [] : front.split(":");
  // Of what stands behind a gap only the number of groups matters, and IPv4 at the end is two of them.
  const behind = back === undefined || back === "" ? 0 : back.split(":").length + (back.includes(".") ? 1 : 0);
  const gap = back === undefined ? 0 : 8 - groups.length - behind;
  const whole = [...groups, ...Array.from({ length: gap }, () => "0"), ...(back ?? "").split(":")];
  const first = whole.slice(0, 4).map((group) => Number.parseInt(group, 16).toString(16));
  return `${first.join(":")}::/64`;
};
