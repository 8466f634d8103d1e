/** The machines that a release has a binary for. */

export type Target = {
  /** As archives are called, and `--only` and `--skip` name it. */
  readonly name: string;
  /** As `bun build --target` calls it. */
  readonly bun: string;
  readonly archive: "tar.xz" | "zip";
};

export const targets: readonly Target[] = [
  { name: "linux-x64", bun: "bun-linux-x64", archive: "tar.xz" },
  { name: "linux-arm64", bun: "bun-linux-arm64", archive: "tar.xz" },
  { name: "linux-x64-musl", bun: "bun-linux-x64-musl", archive: "tar.xz" },
  { name: "linux-arm64-musl", bun: "bun-linux-arm64-musl", archive: "tar.xz" },
  { name: "darwin-arm64", bun: "bun-darwin-arm64", archive: "tar.xz" },
  { name: "windows-x64", bun: "bun-windows-x64", archive: "zip" },
];

/** What the program is called there. */
export const programOn = ({ name }: Target): string => (name.startsWith("windows") ? "lettabox.exe" : "lettabox");
