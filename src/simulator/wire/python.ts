/**
 * No Python runs here. Of a tool's source one statement is understood: the return of a literal, of a parameter, or of an
 * environment variable, which are the agent's secrets. Anything else returns nothing.
 */

export const functionName = (source: string): string | null =>
  /^\s*(?:async\s+)?def\s+(\w+)/m.exec(source)?.[1] ?? null;

/** Whether the function tells what it does, without which the server cannot make a schema. */
export const hasDocstring = (source: string): boolean => /def\s+\w+\([^)]*\)[^:]*:\s*("""|''')/.test(source);

export const runSource = (
  source: string,
  args: Readonly<Record<string, unknown>>,
  environment: Readonly<Record<string, string>>,
): string => {
  const returned = /\breturn\s+(.+)/.exec(source)?.[1]?.trim() ?? "None";
  const literal = /^(["'])(.*)\1$/.exec(returned)?.[2];
  if (literal !== undefined) return literal;
  const variable = /^os\.(?:getenv\(|environ(?:\.get\(|\[))["'](\w+)["'][)\]]$/.exec(returned)?.[1];
  if (variable !== undefined) return environment[variable] ?? "None";
  const value = args[returned];
  return value === undefined ? "None" : typeof value === "string" ? value : JSON.stringify(value);
};
