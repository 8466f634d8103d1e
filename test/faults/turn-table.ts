/** What may go wrong with a turn, and what has to come of it. */
import type { FaultCode } from "../../src/errors.ts";
import { cutAfter, cutInside, cutInsideCharacter, lostAnswer, lostRequest } from "../support/faults/cuts.ts";
import { endInside, errorAfterStop, stopTwice, withoutDone, withoutStop } from "../support/faults/endings.ts";
import type { InjectedFault } from "../support/faults/fault.ts";
import { endlessAnswer, endlessComments, endlessEvent, endlessPages, endlessPings } from "../support/faults/floods.ts";
import { lastWordLost, wordLost, wordsTwice } from "../support/faults/losses.ts";
import { endlessDrip, slowDrip, splitCharacters } from "../support/faults/pieces.ts";
import type { Arming } from "../support/faults/proxy.ts";
import {
  type Conflict,
  conflict,
  conflicts,
  deadlock,
  htmlPage,
  htmlPageAfterwards,
  pendingApproval,
  repeatedByProxy,
  tooMany,
} from "../support/faults/refusals.ts";
import * as on from "../support/faults/requests.ts";
import { noAnswer, onlyPings, silenceAfter, silenceInside } from "../support/faults/silences.ts";
import type { BoxOptions } from "./box.ts";

export type Armed = readonly [fault: InjectedFault, on: on.Which, more?: Omit<Arming, "on">];

export type Want = {
  /** `done` unless set. */
  readonly state?: "failed";
  readonly code?: FaultCode;
  readonly resent?: true;
  /** Codes for which the turn went back to wait, in order. */
  readonly retries?: readonly FaultCode[];
  /** Whether the agent heard the text and the caller its answer; both unless set. */
  readonly reached?: "neither" | "agent";
};

export type Row = {
  readonly name: string;
  readonly faults: readonly Armed[];
  readonly want: Want;
  /** Whether the agent takes its time, so that its run is still at work when somebody looks. */
  readonly slowly?: true;
  /** What only the struck turn meets, and not what comes after it; for a server of this pace. */
  readonly options?: Circumstances["options"];
};

/** Rows that are met by the same box, one after another. */
export type Circumstances = {
  readonly name: string;
  readonly rows: readonly Row[];
  /** Only where the server has Redis. */
  readonly redis?: true;
  /** For a server of this pace. */
  readonly options: (pace: number) => BoxOptions;
};

const row = (name: string, faults: readonly Armed[], want: Want = {}): Row => ({ name, faults, want });

/** Once, on the post. */
const post = (fault: InjectedFault, want: Want = {}): Row => row(fault.name, [[fault, on.posts]], want);

const slowly = (one: Row): Row => ({ ...one, slowly: true });

const always = { times: Number.POSITIVE_INFINITY };
const resent: Want = { resent: true };
const waits = (...retries: readonly FaultCode[]): Want => ({ retries });

/** The answer of a post is lost, and then a fault strikes those who look what became of it. */
const search = (which: on.Which, fault: InjectedFault, times = 1): Row =>
  row(`nobody hears the answer, and of the looks for it: ${fault.name}`, [
    [lostAnswer, on.posts],
    [fault, which, { after: on.posts, times }],
  ]);

const broken: readonly Row[] = [
  post(lostRequest, resent),
  post(lostAnswer),
  post(cutAfter(1)),
  post(cutInside("ping")),
  post(cutInside("assistant_message")),
  post(cutInside("stop_reason")),
  post(cutInside("[DONE]")),
  post(cutInsideCharacter),
  post(endInside("assistant_message")),
  post(endInside("stop_reason")),
];

const endings: readonly Row[] = [
  post(splitCharacters),
  post(slowDrip(32)),
  post(noAnswer),
  post(silenceAfter("ping")),
  post(silenceAfter("assistant_message")),
  post(silenceAfter("stop_reason")),
  post(withoutDone),
  post(withoutStop),
  post(stopTwice),
  post(errorAfterStop, { state: "failed", code: "provider_failed" }),
];

const pages: readonly Row[] = [
  post(htmlPage(200), resent),
  post(htmlPage(502), resent),
  post(htmlPage(522), resent),
  post(htmlPageAfterwards(502)),
  post(htmlPageAfterwards(524)),
  post(htmlPage(503), waits("letta_overloaded")),
  row(
    "from the post on everything is 522 for a while",
    [
      [htmlPage(522), on.posts],
      [htmlPage(522), on.anything, { after: on.posts, times: 8 }],
    ],
    resent,
  ),
  row("every post is 522", [[htmlPage(522), on.posts, always]], {
    state: "failed",
    code: "turn_lost",
    reached: "neither",
    resent: true,
  }),
];

const conflicting: readonly Row[] = [
  ...(Object.keys(conflicts) as Conflict[]).map((kind) => post(conflict(kind), waits("letta_busy"))),
  post(deadlock({ "retry-after-ms": "30" }), waits("letta_busy")),
  post(pendingApproval, waits("letta_awaiting_approval")),
  slowly(post(repeatedByProxy)),
];

const limited: readonly Row[] = [
  post(tooMany(), waits("letta_rate_limited")),
  post(tooMany({ "retry-after-ms": "60" }), waits("letta_rate_limited")),
  row(
    "429 three times with Retry-After: 0",
    [[tooMany({ "retry-after": "0" }), on.posts, { times: 3 }]],
    waits("letta_rate_limited", "letta_rate_limited", "letta_rate_limited"),
  ),
  post(tooMany({ "retry-after": "3600" }), { state: "failed", code: "turn_expired", reached: "neither" }),
  post(endlessEvent),
  post(endlessPings),
  post(endlessComments),
];

const looking: readonly Row[] = [
  search(on.runListings, htmlPage(522), 3),
  search(on.runListings, htmlPage(200)),
  search(on.runListings, tooMany(), 3),
  search(on.runListings, noAnswer),
  search(on.runListings, silenceInside),
  search(on.runListings, endlessDrip),
  search(on.runListings, cutAfter(10)),
  search(on.runListings, endlessAnswer),
  search(on.runHistories, htmlPage(502), 3),
  search(on.runHistories, cutAfter(10)),
  search(on.runHistories, endlessAnswer),
  row("the stream falls silent, and the look at its run is a web page", [
    [silenceAfter("ping"), on.posts],
    [htmlPage(200), on.runLooks],
  ]),
  {
    ...search(on.runHistories, endlessPages(20_000), always.times),
    want: { state: "failed", code: "letta_too_much", reached: "agent" },
  },
  row(
    "a post is lost, and the list of runs does not end",
    [
      [lostRequest, on.posts],
      [endlessPages(), on.runListings, { ...always, after: on.posts }],
    ],
    { state: "failed", code: "letta_too_much", reached: "neither" },
  ),
];

const opening: readonly Row[] = [
  row("the new conversation is 522", [[htmlPage(522), on.newConversations]], waits("letta_cut")),
  row("the new conversation is lost", [[lostAnswer, on.newConversations]], waits("letta_cut")),
  row("the new conversation is 429", [[tooMany(), on.newConversations]], waits("letta_rate_limited")),
  row(
    "the new conversation is 409, a deadlock",
    [[deadlock({ "retry-after-ms": "30" }), on.newConversations]],
    waits("letta_busy"),
  ),
];

const expired: Want = { state: "failed", code: "turn_expired", reached: "neither" };

/** What a box meets whose patience ends soon. */
const impatient: readonly Row[] = [
  row("every post is 409", [[conflict("busy, without any run"), on.posts, always]], expired),
  row("every post is 429", [[tooMany(), on.posts, always]], expired),
  row("every post is 503", [[htmlPage(503), on.posts, always]], expired),
];

const endless: readonly Row[] = [
  {
    ...post(onlyPings(5), { state: "failed", code: "turn_too_long", reached: "agent" }),
    options: (pace) => ({ limits: { turnMs: 15_000 * pace } }),
  },
];

/** What a box meets whose runs go on in the background and can be taken up again. */
const inBackground: readonly Row[] = [
  post(lostRequest, resent),
  post(lostAnswer),
  post(cutInside("assistant_message")),
  slowly(post(silenceAfter("assistant_message"))),
  post(repeatedByProxy),
  post(wordLost(1)),
  post(wordLost(3)),
  post(lastWordLost),
  post(wordsTwice),
  slowly(
    row("the stream falls silent, and the one that takes it up has lost its beginning", [
      [silenceAfter("ping"), on.posts],
      [wordLost(1), on.resumes],
    ]),
  ),
  slowly(
    row("the stream falls silent, and the one that takes it up breaks", [
      [silenceAfter("ping"), on.posts],
      [cutInside("assistant_message"), on.resumes],
    ]),
  ),
  {
    ...slowly(
      row("the stream falls silent, and of the one that takes it up nothing comes but pings", [
        [silenceAfter("ping"), on.posts],
        [onlyPings(5), on.resumes],
      ]),
    ),
    options: (pace) => ({ background: true, stuckMs: 15_000 * pace }),
  },
];

const usual = { options: () => ({}) };

export const circumstances: readonly Circumstances[] = [
  { name: "a turn whose connection breaks", rows: broken, ...usual },
  { name: "a turn whose stream ends oddly", rows: endings, ...usual },
  { name: "a turn behind a proxy that fails", rows: pages, ...usual },
  { name: "a turn that conflicts", rows: conflicting, ...usual },
  { name: "a turn at the limits", rows: limited, ...usual },
  { name: "a turn that is looked for", rows: looking, ...usual },
  { name: "a turn in a new conversation", rows: opening, ...usual },
  {
    name: "a turn without patience",
    rows: impatient,
    options: (pace) => ({ limits: { patienceMs: 1_500 * pace } }),
  },
  { name: "a turn that does not end", rows: endless, ...usual },
  {
    name: "a turn in the background",
    rows: inBackground,
    redis: true,
    options: (pace) => ({ background: true, stuckMs: 300_000 * pace }),
  },
];
