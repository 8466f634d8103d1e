/** Tokens of the API, made as an operator makes them. */
import type { TestApp } from "./app.ts";

export type MadeToken = { readonly id: number; readonly token: string };

export const makeToken = async (
  box: TestApp,
  name: string,
  more: Readonly<Record<string, string>> = {},
): Promise<MadeToken> => {
  const response = await box.call("/api/v1/tokens", { method: "POST", body: JSON.stringify({ name, ...more }) });
  if (response.status !== 201) throw new Error(await response.text());
  return (await response.json()) as MadeToken;
};

export const bearer = ({ token }: Pick<MadeToken, "token">): Readonly<Record<string, string>> => ({
  authorization: `Bearer ${token}`,
});
