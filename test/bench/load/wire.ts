/** A bare HTTP client on one connection that is kept: what a real client does beside would be measured too. */
export type Answer = { readonly status: number; readonly body: string };

export type Wire = {
  /** One request at a time; answers must say their length. */
  ask(path: string, headers: Readonly<Record<string, string>>, body: unknown): Promise<Answer>;
  close(): void;
};

const split = (text: string): Answer | undefined => {
  const end = text.indexOf("\r\n\r\n");
  if (end < 0) return undefined;
  const head = text.slice(0, end);
  const length = Number(/^content-length: (\d+)/im.exec(head)?.[1] ?? 0);
  const body = text.slice(end + 4);
  return body.length < length ? undefined : { status: Number(head.slice(9, 12)), body };
};

export const connect = async (url: string): Promise<Wire> => {
  const { hostname, port } = new URL(url);
  let text = "";
  let waiting: { resolve(answer: Answer): void; reject(error: Error): void } | undefined;
  const broken = (): void => waiting?.reject(new Error("the connection broke"));
  const socket = await Bun.connect({
    hostname,
    port: Number(port),
    socket: {
      data: (_, chunk) => {
        text += chunk.toString("latin1");
        const answer = split(text);
        if (!answer) return;
        text = "";
        waiting?.resolve(answer);
      },
      close: broken,
      error: broken,
    },
  });
  return {
    ask: (path, headers, body) => {
      const bytes = JSON.stringify(body);
      const head = Object.entries({ ...headers, host: hostname, "content-type": "application/json" })
        .map(([name, value]) => `${name}: ${value}\r\n`)
        .join("");
      socket.write(`POST ${path} HTTP/1.1\r\n${head}content-length: ${Buffer.byteLength(bytes)}\r\n\r\n${bytes}`);
      return new Promise((resolve, reject) => {
        waiting = { resolve, reject };
      });
    },
    close: () => void socket.end(),
  };
};
