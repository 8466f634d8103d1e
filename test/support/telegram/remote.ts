/** The same hands and eyes for another process: `POST /double/<name>` with the arguments as a JSON list. */
import type { Surface } from "./double.ts";

type Async<F> = F extends (...args: infer A) => infer R ? (...args: A) => Promise<Awaited<R>> : never;

export type RemoteTelegram = { readonly [K in keyof Surface]: Async<Surface[K]> } & {
  readonly url: string;
  /** Resolves once this holds; looks again and again. */
  until(holds: () => Promise<boolean>): Promise<void>;
};

const mark = "$bytes";

/** Bytes survive as base64. */
const pack = (value: unknown): unknown => {
  if (value instanceof Uint8Array) return { [mark]: Buffer.from(value).toString("base64") };
  if (Array.isArray(value)) return value.map(pack);
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, pack(one)]));
};

const unpack = (_key: string, value: unknown): unknown =>
  value !== null && typeof value === "object" && mark in value && typeof value[mark] === "string"
    ? new Uint8Array(Buffer.from(value[mark], "base64"))
    : value;

const call = async (surface: Surface, name: string, request: Request): Promise<Response> => {
  if (!Object.hasOwn(surface, name)) return Response.json({ error: `the double has no ${name}` }, { status: 404 });
  const hand = surface[name as keyof Surface] as (...args: unknown[]) => unknown;
  try {
    const args = JSON.parse((await request.text()) || "[]", unpack) as unknown[];
    return Response.json({ result: pack(hand(...args)) });
  } catch (cause) {
    return Response.json({ error: cause instanceof Error ? cause.message : String(cause) }, { status: 400 });
  }
};

export const serveRemote = (surface: Surface, request: Request): Promise<Response> | undefined => {
  const name = /^\/double\/(\w+)$/u.exec(new URL(request.url).pathname)?.[1];
  return name === undefined ? undefined : call(surface, name, request);
};

const pollMs = 20;

const until = async (holds: () => Promise<boolean>): Promise<void> => {
  while (!(await holds())) await Bun.sleep(pollMs);
};

/** The hands and eyes of a double that runs in another process. */
export const connectTelegram = (url: string): RemoteTelegram => {
  const ask = async (name: string, args: readonly unknown[]): Promise<unknown> => {
    const response = await fetch(`${url}/double/${name}`, { method: "POST", body: JSON.stringify(pack(args)) });
    const { result, error } = JSON.parse(await response.text(), unpack) as { result?: unknown; error?: string };
    if (error !== undefined) throw new Error(error);
    return result;
  };
  return new Proxy({ url, until } as RemoteTelegram, {
    get: (target, name) =>
      name in target || typeof name === "symbol" || name === "then"
        ? Reflect.get(target, name)
        : (...args: unknown[]) => ask(name, args),
  });
};
