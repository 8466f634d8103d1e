/** Whether the public address leads to the server that runs here. */
import { type Check, codeOf, fail, ok, skip, warn } from "./check.ts";
import { askReadiness } from "./running.ts";

export const publicUrl: Check = {
  name: "public-url",
  async run({ config: { publicUrl: url }, fetch: request, running }, abort) {
    if (url === undefined) return skip("None is set.");
    const server = await running();
    if (server.state !== "answers") return skip("No server runs that could be asked for.");
    const fix = "Check the name's DNS entry, the certificate, and that the proxy passes requests on to HOST and PORT.";
    let found: Awaited<ReturnType<typeof askReadiness>>;
    try {
      found = await askReadiness(() => request(`${url}/readyz`, { signal: abort }));
    } catch (error) {
      if (abort.aborted) throw error;
      return fail(`${url} cannot be reached from here (${codeOf(error)}).`, fix);
    }
    if (found.says === undefined) return fail(`${url} answers ${found.status}, and is no lettabox.`, fix);
    if (found.says.instance !== server.says.instance) return fail(`${url} leads to another lettabox.`, fix);
    if (url.startsWith("http:"))
      return warn(`${url} leads here, but without TLS.`, "Put a proxy with a certificate in front.");
    return ok(`${url} leads here.`);
  },
};
