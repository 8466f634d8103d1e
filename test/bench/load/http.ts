/** A bare HTTP client: a socket that hands on what it reads as text. What a real client parses would be measured too. */
export type Wire = { close(): void };

export type Post = {
  readonly url: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: unknown;
};

/** Sends one POST; `hear` gets all that comes back, headers and all, until the other side closes or `close` is called. */
export const post = async (
  { url, path, headers, body }: Post,
  hear: (text: string) => void,
  closed: () => void,
): Promise<Wire> => {
  const { hostname, port } = new URL(url);
  const bytes = JSON.stringify(body);
  const head = Object.entries({ ...headers, host: hostname, "content-type": "application/json" })
    .map(([name, value]) => `${name}: ${value}\r\n`)
    .join("");
  const request = `POST ${path} HTTP/1.1\r\n${head}content-length: ${Buffer.byteLength(bytes)}\r\n\r\n${bytes}`;
  const socket = await Bun.connect({
    hostname,
    port: Number(port),
    socket: {
      open: (opened) => void opened.write(request),
      data: (_, chunk) => hear(chunk.toString("latin1")),
      close: closed,
      error: closed,
    },
  });
  return { close: () => void socket.end() };
};
