/** Bare HTTP clients on plain sockets: what a real client does beside would be measured too. */
type Headers = Readonly<Record<string, string>>;

export type Post = { readonly url: string; readonly path: string; readonly headers: Headers; readonly body: unknown };

const bytesOf = ({ url, path, headers, body }: Post): string => {
  const bytes = JSON.stringify(body);
  const { hostname: host } = new URL(url);
  const lines = Object.entries({ ...headers, host, "content-type": "application/json" })
    .map(([name, value]) => `${name}: ${value}\r\n`)
    .join("");
  return `POST ${path} HTTP/1.1\r\n${lines}content-length: ${Buffer.byteLength(bytes)}\r\n\r\n${bytes}`;
};

const open = (url: string, hear: (text: string) => void, closed: () => void) => {
  const { hostname, port } = new URL(url);
  const data = (_: unknown, chunk: Buffer): void => hear(chunk.toString("latin1"));
  return Bun.connect({ hostname, port: Number(port), socket: { data, close: closed, error: closed } });
};

/** Sends one POST; `hear` gets all that comes back, headers and all, until the other side closes or the wire is closed. */
export const post = async (
  request: Post,
  hear: (text: string) => void,
  closed: () => void,
): Promise<{ close(): void }> => {
  const socket = await open(request.url, hear, closed);
  socket.write(bytesOf(request));
  return { close: () => void socket.end() };
};

/** The status of a whole answer that says its length; nothing while a part is missing. */
const statusOf = (text: string): number | undefined => {
  const end = text.indexOf("\r\n\r\n");
  if (end < 0) return undefined;
  const length = Number(/^content-length: (\d+)/im.exec(text.slice(0, end))?.[1] ?? 0);
  return text.length - end - 4 < length ? undefined : Number(text.slice(9, 12));
};

/** A connection that is kept. It takes one POST at a time and answers its status. */
export const connect = async (url: string): Promise<(request: Omit<Post, "url">) => Promise<number>> => {
  let text = "";
  let waiting = Promise.withResolvers<number>();
  const socket = await open(
    url,
    (more) => {
      text += more;
      const status = statusOf(text);
      if (status === undefined) return;
      text = "";
      waiting.resolve(status);
    },
    () => waiting.reject(new Error("the connection broke")),
  );
  return (request) => {
    waiting = Promise.withResolvers();
    socket.write(bytesOf({ ...request, url }));
    return waiting.promise;
  };
};
