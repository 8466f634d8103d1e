/** Looks at everything a lettabox needs, side by side, each for a bounded time, and changes nothing. */
import { Fault } from "../errors.ts";
import { bots } from "./bots.ts";
import { type Check, codeOf, fail, type Finding, type Patient } from "./check.ts";
import { clock } from "./clock.ts";
import { configFile } from "./config-file.ts";
import { dataDir } from "./data-dir.ts";
import { database, masterKey } from "./database.ts";
import { diskKind, diskSpace, diskSync } from "./disk.ts";
import { lettaAgents, lettaKey, lettaServer } from "./letta.ts";
import { port } from "./port.ts";
import { publicUrl } from "./public-url.ts";
import { findRunning, type Running } from "./running.ts";
import { server } from "./server.ts";

/** In the order in which they are told: what the later ones rest on comes first. */
export const checks: readonly Check[] = [
  configFile,
  dataDir,
  diskKind,
  diskSpace,
  diskSync,
  database,
  masterKey,
  server,
  port,
  lettaServer,
  lettaKey,
  lettaAgents,
  bots,
  clock,
  publicUrl,
];

export type Told = Finding & { readonly check: string };

/** How long each check may take. */
const patienceMs = 5_000;
/** How long of that the server on the data directory is waited for, so that those who ask for it can still speak. */
const serverMs = 3_000;

const tooLong = "Whatever it waits for is stuck: try it by hand, or run the doctor again.";

/** What a check threw, as a finding. */
const broken = (error: unknown): Finding =>
  error instanceof Fault
    ? fail(error.message, error.hint ?? "Mend what is named.")
    : fail(`It cannot be looked at (${codeOf(error)}).`, "Mend what the system complains about, and look again.");

const runCheck = async (check: Check, patient: Patient, timeoutMs: number): Promise<Told> => {
  const abort = AbortSignal.timeout(timeoutMs);
  // Beside the check, because one that waits for the system may not hear the signal.
  const late = new Promise<Finding>((resolve) => {
    abort.addEventListener("abort", () => resolve(fail(`It took longer than ${timeoutMs / 1_000} s.`, tooLong)));
  });
  // What a check says after its time is about the signal, not about what it looked at.
  const found = check.run(patient, abort).catch(broken);
  const inTime = found.then((finding) => (abort.aborted ? late : finding));
  return { check: check.name, ...(await Promise.race([inTime, late])) };
};

/** All findings, in the order of the checks. Never throws and never takes much longer than one check may. */
export const examine = (
  patient: Omit<Patient, "running">,
  options: { readonly checks?: readonly Check[]; readonly timeoutMs?: number } = {},
): Promise<readonly Told[]> => {
  const { timeoutMs = patienceMs } = options;
  let asked: Promise<Running> | undefined;
  const running = (): Promise<Running> =>
    (asked ??= findRunning(patient.config, patient.fetch, AbortSignal.timeout(serverMs)));
  return Promise.all((options.checks ?? checks).map((check) => runCheck(check, { ...patient, running }, timeoutMs)));
};
