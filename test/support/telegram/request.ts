/** A bot's request, read as the platform does: JSON, a form with files, or the query. */
import { type MethodName, parameters } from "./parameters.ts";
import { refusal } from "./refusal.ts";

export type Upload = { readonly name: string; readonly mime: string; readonly bytes: Uint8Array };

export type Read = {
  readonly args: Readonly<Record<string, unknown>>;
  readonly uploads: ReadonlyMap<string, Upload>;
};

/** A field that says which part of the form is its file. */
export const isSlot = (value: string): boolean => value.startsWith("attach://");

const none: ReadonlyMap<string, Upload> = new Map();

/** In a form everything is text; what is not text by the method's table is written as JSON. */
const fromForm = (method: MethodName | undefined, name: string, value: string): unknown => {
  const fields: Readonly<Record<string, { safeParse(value: unknown): { readonly success: boolean } }>> =
    method === undefined ? {} : parameters[method];
  const field = fields[name];
  if (field === undefined || name === "chat_id" ? !/^-?\d+$/u.test(value) : field.safeParse(value).success)
    return value;
  try {
    return JSON.parse(value) as unknown;
  } catch {
    return value;
  }
};

const readForm = async (request: Request, method: MethodName | undefined): Promise<Read> => {
  const args: Record<string, unknown> = {};
  const uploads = new Map<string, Upload>();
  for (const [name, value] of await request.formData()) {
    if (typeof value === "string") args[name] = fromForm(method, name, value);
    else uploads.set(name, { name: value.name, mime: value.type, bytes: new Uint8Array(await value.arrayBuffer()) });
  }
  // A file may also come under its parameter's own name.
  for (const name of uploads.keys()) {
    if (method !== undefined && name in parameters[method]) args[name] ??= `attach://${name}`;
  }
  return { args, uploads };
};

const readJson = async (request: Request): Promise<Read> => {
  const body = await request.text();
  if (body === "") return { args: {}, uploads: none };
  try {
    const args: unknown = JSON.parse(body);
    if (args !== null && typeof args === "object" && !Array.isArray(args)) {
      return { args: args as Readonly<Record<string, unknown>>, uploads: none };
    }
  } catch {
    // Told below, as for anything else that is no object.
  }
  throw refusal(400, "can't parse request JSON object", "request");
};

export const readRequest = async (request: Request, method: MethodName | undefined): Promise<Read> => {
  const type = request.headers.get("content-type") ?? "";
  const isForm = type.startsWith("multipart/form-data") || type.startsWith("application/x-www-form-urlencoded");
  if (request.method === "POST") return isForm ? readForm(request, method) : readJson(request);
  const { searchParams } = new URL(request.url);
  const args = Object.fromEntries([...searchParams].map(([name, value]) => [name, fromForm(method, name, value)]));
  return { args, uploads: none };
};
