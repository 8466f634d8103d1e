/**
 * What a run says, frame by frame, between the run and whoever listens. A background run's tape is kept whole and any
 * number may listen from any place; a foreground run's has one listener, who takes frames off it.
 */

export type Tape = {
  /** Frames so far: the next one's place is this plus one. */
  readonly length: number;
  append(...frames: readonly string[]): void;
  /** No more frames will come. */
  end(): void;
  /** The server dies: listeners are cut off in the middle. */
  cut(): void;
  /** A promise to wait for before appending more, where the listener is slow; null when there is no need. */
  room(): Promise<void> | null;
  /** All frames of a kept tape. */
  readonly frames: readonly string[];
  /** Listens behind the first `from` frames. */
  listen(from: number): Listener;
};

export type Listener = {
  /** Frames as one text, or what there is instead: `wait` for more, the `end`, a `cut`, or that this listener has `left`. */
  take(): { readonly text: string } | "wait" | "end" | "cut" | "left";
  /** Resolves true when there is news, false after `ms` without any. */
  wait(ms: number | null): Promise<boolean>;
  leave(): void;
};

/** So many characters wait for a slow listener at most, and so many are handed over at once. */
const waitingMax = 256 * 1_024;
const takeMax = 64 * 1_024;

type State = "open" | "end" | "cut";

export const createTape = (kept: boolean, recorded: readonly string[] | null = null): Tape => {
  const frames: string[] = recorded === null ? [] : [...recorded];
  let length = frames.length;
  let waiting = 0;
  let state: State = recorded === null ? "open" : "end";
  let left = false;
  let room: { readonly promise: Promise<void>; readonly resolve: () => void } | null = null;
  const wakers = new Set<() => void>();

  const wake = (): void => {
    for (const waker of wakers) waker();
  };
  const makeRoom = (): void => {
    room?.resolve();
    room = null;
  };
  const close = (final: State): void => {
    if (state === "open") state = final;
    makeRoom();
    wake();
  };

  const listen = (from: number): Listener => {
    // A kept tape is read at a place; of the other the front is always next.
    let at = kept ? from : 0;
    let gone = false;

    const take: Listener["take"] = () => {
      if (gone) return "left";
      if (state === "cut") return "cut";
      let count = 0;
      for (let size = 0; at + count < frames.length && size < takeMax; count += 1)
        size += frames[at + count]?.length ?? 0;
      if (count > 0) {
        const text = (kept ? frames.slice(at, at + count) : frames.splice(0, count)).join("");
        if (kept) at += count;
        else {
          waiting -= text.length;
          if (waiting < waitingMax) makeRoom();
        }
        return { text };
      }
      // Behind the last frame of a finished tape nothing ever comes, not even its end; the real server is silent too.
      return state === "end" && at <= frames.length ? "end" : "wait";
    };

    return {
      take,
      wait: (ms) =>
        new Promise<boolean>((resolve) => {
          const settle = (news: boolean): void => {
            clearTimeout(timer);
            wakers.delete(waker);
            resolve(news);
          };
          const waker = (): void => settle(true);
          const timer = ms === null ? undefined : setTimeout(() => settle(false), ms);
          wakers.add(waker);
        }),
      leave: () => {
        gone = true;
        if (!kept) {
          // Nobody else can listen: the run goes on without keeping what it says.
          left = true;
          frames.length = 0;
          waiting = 0;
          makeRoom();
        }
        wake();
      },
    };
  };

  return {
    get length() {
      return length;
    },
    get frames() {
      return frames;
    },
    append: (...more) => {
      length += more.length;
      if (left || state !== "open") return;
      frames.push(...more);
      for (const frame of more) waiting += frame.length;
      wake();
    },
    end: () => close("end"),
    cut: () => close("cut"),
    room: () => {
      if (kept || left || state !== "open" || waiting < waitingMax) return null;
      room ??= Promise.withResolvers<void>();
      return room.promise;
    },
    listen,
  };
};
