/** One thing that is wrong with a configuration, told so that whoever wrote it finds the place. */
export type Problem = {
  /** As it was written: `PORT`, `--port`, `letta.agentIds[1]`, or the file. */
  readonly name: string;
  /** `environment`, `command line`, `systemd credential`, or the file with the line; null where the name says it. */
  readonly where: string | null;
  /** Its place in lettabox.yaml; null where it has none. */
  readonly setting: string | null;
  /** What is wrong and what to do; never a value. */
  readonly text: string;
};

export const problemLine = ({ name, where, text }: Problem): string =>
  `${name}${where === null ? "" : ` (${where})`}: ${text}`;
