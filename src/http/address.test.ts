import { describe, expect, test } from "bun:test";
import { clientAddress, forwardedSecure, neighbourhood, trustNetworks } from "./address.ts";

const nobody = trustNetworks([]);
const proxies = trustNetworks(["10.0.0.0/8", "127.0.0.1", "fd00::/8"]);

describe("the client of a request", () => {
  test("is who connected, whatever anybody writes, while no proxy is trusted", () => {
    expect(clientAddress("203.0.113.9", "198.51.100.1", nobody)).toBe("203.0.113.9");
    expect(clientAddress("127.0.0.1", "198.51.100.1", nobody)).toBe("127.0.0.1");
  });

  test.each([
    ["a trusted proxy names it", "10.0.0.1", "198.51.100.1", "198.51.100.1"],
    ["so does a chain of them", "10.0.0.1", "198.51.100.1, 10.9.9.9, 127.0.0.1", "198.51.100.1"],
    [
      "the last that is no proxy counts, not what it claims",
      "10.0.0.1",
      "127.0.0.1, 1.1.1.1, 198.51.100.1",
      "198.51.100.1",
    ],
    ["a stranger claims in vain", "203.0.113.9", "198.51.100.1", "203.0.113.9"],
    ["a proxy that names nobody speaks for itself", "10.0.0.1", null, "10.0.0.1"],
    ["and so does one that names nonsense", "10.0.0.1", "198.51.100.1, unknown", "10.0.0.1"],
    ["all of them proxies: the first", "10.0.0.1", "10.0.0.3, 10.0.0.2", "10.0.0.3"],
    ["ports and brackets do not matter", "::ffff:10.0.0.1", "[2001:db8::7]:443", "2001:db8::7"],
    ["ports behind IPv4 neither", "fd12::1", "198.51.100.1:5000", "198.51.100.1"],
    ["IPv4 in IPv6's clothes is IPv4", "::ffff:203.0.113.9", null, "203.0.113.9"],
  ])("%s", (_, peer, forwarded, client) => {
    expect(clientAddress(peer, forwarded, proxies)).toBe(client);
  });

  test("is not known on a socket file", () => {
    expect(clientAddress(undefined, "198.51.100.1", proxies)).toBeUndefined();
  });
});

test("only a trusted proxy says whether the connection was encrypted", () => {
  expect(forwardedSecure("10.0.0.1", "https", proxies)).toBe(true);
  expect(forwardedSecure("10.0.0.1", "https, http", proxies)).toBe(false);
  expect(forwardedSecure("10.0.0.1", null, proxies)).toBeUndefined();
  expect(forwardedSecure("203.0.113.9", "https", proxies)).toBeUndefined();
  expect(forwardedSecure(undefined, "https", proxies)).toBeUndefined();
});

test.each([
  ["203.0.113.9", "203.0.113.9"],
  ["2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"],
  ["2001:DB8:1:2::", "2001:db8:1:2::/64"],
  ["2001:db8:0001:0002::1", "2001:db8:1:2::/64"],
  ["2001:db8::1", "2001:db8:0:0::/64"],
  ["::1", "0:0:0:0::/64"],
  ["::", "0:0:0:0::/64"],
  ["1::2:3:4:5:6:7", "1:0:2:3::/64"],
  ["64:ff9b::192.0.2.33", "64:ff9b:0:0::/64"],
  ["1:2:3:4:5:6:192.0.2.33", "1:2:3:4::/64"],
])("the neighbourhood of %s is %s", (address, expected) => {
  expect(neighbourhood(address)).toBe(expected);
});
