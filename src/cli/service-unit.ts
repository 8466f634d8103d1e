/** The text of the systemd unit. Its score of exposure is held by a test: `systemd-analyze security --offline=true`. */
import { unitMark } from "./service-manager.ts";

export type UnitFacts = {
  /** Absolute path of the program. */
  readonly program: string;
  /** A service of one user's own systemd, which can grant less protection than the machine's. */
  readonly user: boolean;
  readonly credentials: readonly Credential[];
};

/** A secret that lies in systemd's credential store. Only what is there is listed: a missing one would stop the start. */
export type Credential = { readonly name: string; readonly path: string; readonly encrypted: boolean };

/** A path as one word of a unit: quoted, and nothing in it is a specifier or a variable. */
const quoted = (path: string): string => {
  const plain = path.replaceAll("%", "%%").replaceAll("$", "$$$$");
  return /^[\w./@%$+-]+$/.test(plain) ? plain : `"${plain.replaceAll(/["\\]/g, String.raw`\$&`)}"`;
};

const loading = ({ name, path, encrypted }: Credential): string =>
  `LoadCredential${encrypted ? "Encrypted" : ""}=${name}:${path}\n`;

// What needs no privilege to be set up: the kernel's filter of system calls.
const everywhere = `NoNewPrivileges=yes
LockPersonality=yes
RestrictNamespaces=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6
SystemCallArchitectures=native
SystemCallFilter=@system-service
SystemCallFilter=~@privileged @resources
SystemCallErrorNumber=EPERM`;

// MemoryDenyWriteExecute= is not here: the JavaScript engine compiles at run time.
const machineWide = `CapabilityBoundingSet=
AmbientCapabilities=
DevicePolicy=closed
KeyringMode=private
PrivateDevices=yes
PrivateIPC=yes
PrivateMounts=yes
PrivateTmp=yes
PrivateUsers=yes
ProcSubset=pid
ProtectClock=yes
ProtectControlGroups=yes
ProtectHome=yes
ProtectHostname=yes
ProtectKernelLogs=yes
ProtectKernelModules=yes
ProtectKernelTunables=yes
ProtectProc=invisible
ProtectSystem=strict
RemoveIPC=yes`;

/** The machine's service has a user and a directory that nobody else can open; a user's has what the user has. */
const place = ({ user, credentials }: UnitFacts): string =>
  user
    ? ""
    : `
# A user that exists while the service runs; its data lies in /var/lib/lettabox.
DynamicUser=yes
StateDirectory=lettabox
StateDirectoryMode=0700
${credentials.map(loading).join("")}`;

/**
 * The whole unit. A stop waits for what still runs: the server asks for the time that `limits.drainMs` gives it, so
 * TimeoutStopSec= is only the least. Exit codes 2 and 78 mean that someone has to mend something first.
 */
export const unitText = (facts: UnitFacts): string => `${unitMark}
# It is replaced when that runs again: put changes of yours beside it, with \`systemctl edit lettabox\`.
[Unit]
Description=lettabox: Letta agents on messaging channels and behind an HTTP API
${facts.user ? "" : "Wants=network-online.target\nAfter=network-online.target\n"}
[Service]
Type=notify
NotifyAccess=main
ExecStart=${quoted(facts.program)} serve
Restart=always
RestartSec=2s
RestartPreventExitStatus=2 78
TimeoutStartSec=10min
TimeoutStopSec=30s
WatchdogSec=60s
KillMode=mixed
LimitNOFILE=65536
UMask=0077
${place(facts)}
${facts.user ? everywhere : `${everywhere}\n${machineWide}`}

[Install]
WantedBy=${facts.user ? "default.target" : "multi-user.target"}
`;
