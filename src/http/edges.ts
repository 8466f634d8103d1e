/** Where this server meets the world: the names it answers to, whose word it takes, whose pages may call it. */
import { type TrustsAddress, trustNetworks } from "./address.ts";
import { allowOrigins, type AllowsOrigin } from "./cors.ts";
import { knowHosts, type KnowsHost } from "./host.ts";

export type Edges = {
  readonly knowsHost: KnowsHost;
  /** Whether a proxy is one of ours. */
  readonly trusts: TrustsAddress;
  /** Undefined where no origin is let in. */
  readonly allowsOrigin: AllowsOrigin | undefined;
  /** The world reaches it over TLS. */
  readonly tls: boolean;
};

export const createEdges = (settings: {
  readonly publicUrl?: string | undefined;
  readonly hosts: readonly string[];
  readonly trustedProxies: readonly string[];
  readonly corsOrigins: readonly string[];
}): Edges => {
  const { publicUrl, hosts, trustedProxies, corsOrigins } = settings;
  return {
    knowsHost: knowHosts(hosts, publicUrl),
    trusts: trustNetworks(trustedProxies),
    allowsOrigin: corsOrigins.length === 0 ? undefined : allowOrigins(corsOrigins),
    tls: publicUrl?.startsWith("https:") ?? false,
  };
};
