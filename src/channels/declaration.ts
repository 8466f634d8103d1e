/**
 * What a channel asks of the configuration. It stands in a file of its own beside the channel, so that the settings are
 * known without loading what talks to the platform.
 */

/** What a value has to be; whoever checks it knows the rules of each. */
export type KeyKind =
  /** Never printed; also as `NAME_FILE` and as a systemd credential. */
  | "secret"
  | "text"
  /** An address that stands in for the platform's own: https, or a double on this machine. */
  | "apiRoot";

export type ChannelKey = {
  /** Its name in the environment, for the bot that has the channel's name. */
  readonly env: string;
  readonly kind: KeyKind;
  /** A sentence for people. */
  readonly about: string;
  /** Names that other programs use for it. */
  readonly aliases?: readonly string[];
  /** What the platform says its values look like. */
  readonly shape?: { readonly pattern: RegExp; readonly mustBe: string };
  /** A value that fits, for the example file; secrets have none. */
  readonly example?: string;
};

export type ChannelDeclaration = {
  /** By their names in `lettabox.yaml` and in the `config` that the channel gets. */
  readonly keys: Readonly<Record<string, ChannelKey>>;
  /** The names of keys that are enough together to run a bot. */
  readonly validSets: readonly (readonly string[])[];
};

/** The values of a channel's keys, by their names. Secrets keep theirs in a function, so that none is printed by accident. */
export type KeyValues = Readonly<Record<string, string | { readonly reveal: () => string }>>;
