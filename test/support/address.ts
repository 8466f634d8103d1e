/**
 * Where a test listens that gives a port up and comes back to it, or wants to find nobody there: a loopback address on
 * which no other process of the suite asks for ports. macOS has 127.0.0.1 only, so that there a port may be taken meanwhile.
 */
export const ownAddress =
  process.platform === "linux" ? `127.${1 + ((process.pid >> 8) % 255)}.${process.pid % 256}.1` : "127.0.0.1";

/** A port on which nobody listens yet. */
export const freePort = (hostname = ownAddress): number => {
  const listener = Bun.listen({ hostname, port: 0, socket: { data: () => undefined } });
  const { port } = listener;
  listener.stop(true);
  return port;
};
