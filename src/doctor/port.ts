/** Whether the address can be listened on, or the server that runs is there. */
import { createServer } from "node:net";
import { type Check, codeOf, fail, type Finding, ok, type Patient, skip, warn } from "./check.ts";
import { askReadiness, localUrlOf } from "./running.ts";

/** Undefined when it can be listened on, else the system's word for why not. */
const tryToListen = (host: string, port: number): Promise<string | undefined> =>
  new Promise((resolve) => {
    const probe = createServer();
    probe.once("error", (error) => resolve(codeOf(error)));
    probe.listen({ host, port, exclusive: true }, () => probe.close(() => resolve(undefined)));
  });

const fixes: Readonly<Record<string, string>> = {
  EADDRINUSE: "Another program is there: stop it, or choose another port with --port or PORT.",
  EACCES: "Choose a port above 1023 with --port or PORT, or grant the right to bind low ports.",
  EADDRNOTAVAIL: "Correct HOST: 127.0.0.1 for this machine only, 0.0.0.0 for all its addresses.",
};

const whereTheServerIs = async (
  { config, fetch: request }: Patient,
  instance: string,
  abort: AbortSignal,
): Promise<Finding> => {
  const url = localUrlOf(config);
  // Nobody there is what this looks for; the warning below says so.
  const { says } = await askReadiness(() => request(`${url}/readyz`, { signal: abort })).catch(() => ({
    says: undefined,
  }));
  if (says?.instance === instance) return ok(`The server answers at ${url}.`);
  return warn(
    `The server that runs is not at ${url}.`,
    "It was started with another HOST or PORT: start it again, or run the doctor with the same ones.",
  );
};

export const port: Check = {
  name: "port",
  async run(patient, abort) {
    const { host, port: number } = patient.config;
    if (number === 0) return skip("The system chooses one at the start.");
    const running = await patient.running();
    if (running.state === "answers") return whereTheServerIs(patient, running.says.instance, abort);
    const code = await tryToListen(host, number);
    if (code === undefined) return ok(`${host}:${number} is free.`);
    return fail(`${host}:${number} cannot be listened on (${code}).`, fixes[code] ?? "Check HOST and PORT.");
  },
};
