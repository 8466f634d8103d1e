/**
 * Tells systemd how the server is (`Type=notify`): lines of text to the Unix datagram socket in `NOTIFY_SOCKET`. Bun has
 * no such sockets, so libc is asked for one. Nothing imports this file unless there is somebody to tell.
 */
import { dlopen } from "bun:ffi";

export type Notifier = {
  ready(status: string): void;
  /** The stop may take this long, whatever the unit allows; the watchdog hears from us until `close`. */
  stopping(withinMs: number): void;
  close(): void;
};

const AF_UNIX = 1;
const SOCK_DGRAM = 2;
const SOCK_CLOEXEC = 0o2000000;
const MSG_DONTWAIT = 0x40;
const MSG_NOSIGNAL = 0x4000;

/** A message that finds the socket's queue full is tried again after this, this often. */
const retryMs = 200;
const retries = 50;

const openLibc = () =>
  // musl answers to this name too.
  dlopen("libc.so.6", {
    socket: { args: ["i32", "i32", "i32"], returns: "i32" },
    sendto: { args: ["i32", "ptr", "u64", "i32", "ptr", "u32"], returns: "i64" },
    close: { args: ["i32"], returns: "i32" },
  }).symbols;

/** `struct sockaddr_un`; a leading @ stands for the zero of the abstract namespace, which no other zero ends. */
const addressOf = (path: string): Buffer => {
  const family = Buffer.from(Uint16Array.of(AF_UNIX).buffer);
  return path.startsWith("@")
    ? Buffer.concat([family, Buffer.from(`\0${path.slice(1)}`)])
    : Buffer.concat([family, Buffer.from(`${path}\0`)]);
};

/** Sends to one socket; the answer says whether it was taken. */
const openSocket = (path: string) => {
  const libc = openLibc();
  const address = addressOf(path);
  const socket = libc.socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  return {
    send: (text: string): boolean => {
      const bytes = Buffer.from(text);
      const flags = MSG_DONTWAIT | MSG_NOSIGNAL;
      return Number(libc.sendto(socket, bytes, bytes.length, flags, address, address.length)) === bytes.length;
    },
    close: () => void libc.close(socket),
  };
};

const second = 1_000;

/** How often systemd wants to hear from this process; undefined when it does not watch it. */
const watchdogMs = (env: Readonly<Record<string, string | undefined>>, pid: number): number | undefined => {
  const { WATCHDOG_USEC: usec, WATCHDOG_PID: watched } = env;
  if (usec === undefined || (watched !== undefined && Number(watched) !== pid)) return undefined;
  return Number(usec) / second;
};

/** Connects to the socket in `NOTIFY_SOCKET`, which has to be set. */
export const openNotifier = (env: Readonly<Record<string, string | undefined>>, pid: number): Notifier => {
  const socket = openSocket(env["NOTIFY_SOCKET"] ?? "");
  const waiting = new Map<Timer, string>();
  let beat: Timer | undefined;

  const say = (text: string, attempts = retries): void => {
    if (socket.send(text) || attempts === 0) return;
    const timer = setTimeout(() => {
      waiting.delete(timer);
      say(text, attempts - 1);
    }, retryMs);
    waiting.set(timer, text);
  };

  return {
    ready: (status) => {
      say(`READY=1\nSTATUS=${status}`);
      const everyMs = watchdogMs(env, pid);
      // A third: one that is late or lost does not end the server.
      if (everyMs !== undefined) beat = setInterval(() => socket.send("WATCHDOG=1"), everyMs / 3);
    },
    stopping: (withinMs) => say(`STOPPING=1\nSTATUS=Waiting for what runs\nEXTEND_TIMEOUT_USEC=${withinMs * second}`),
    close: () => {
      clearInterval(beat);
      for (const [timer, text] of waiting) {
        clearTimeout(timer);
        // Best effort, and the last chance: systemd may read again by now.
        socket.send(text);
      }
      socket.close();
    },
  };
};
