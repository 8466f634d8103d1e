/**
 * Who is let in, decided in the transaction that accepts the event. `previewAdmission` says the same beforehand without
 * writing, so that nothing is asked of Letta for a stranger; what counts is what the transaction says.
 */
import { type Admission, decide, modeOf, mostWaiting, type Silence, type Verdict } from "../access/rules.ts";
import { countWaiting, selectClaim, selectGrant, selectWaiting } from "./access-queries.ts";
import type { Chat } from "./bindings.ts";
import type { AccessChanged } from "./changes.ts";
import { type ChatSettings, settingsOfChat, wholeOf } from "./chat-settings.ts";
import { useClaim } from "./claims.ts";
import { makeCode } from "./codes.ts";
import type { Db } from "./db.ts";
import { admitGroup, leaveGroup, markTold } from "./group-admission.ts";
import { selectChat, selectHandle } from "./inbox-queries.ts";
import { isOperator } from "./operators.ts";
import { type Limited, sayUsedUp, usedUp } from "./tallies.ts";

/** An event whose sender has to be let in. */
export type Arriving = {
  readonly at: number;
  readonly botId: number;
  readonly kind: string;
  readonly chat: { readonly key: string; readonly kind: string; readonly within?: string };
  readonly sender?: { readonly handle: string; readonly name?: string };
  readonly admission: Admission;
};

/** `chat` is a whole one: what is decided for a group counts in all of its topics. */
type Place = { readonly chat: number | undefined; readonly person: number | undefined };

type Considered = {
  readonly verdict: Verdict;
  readonly limits: readonly Limited[];
  readonly limit: ReturnType<typeof usedUp>;
  /** Somebody whom the configuration let in without a word; they have not heard whom else the agent talks to. */
  readonly isNew: boolean;
};

const limitsOf = (
  { admission, chat: { kind } }: Arriving,
  settings: ChatSettings | undefined,
  { chat, person }: Place,
): readonly Limited[] => {
  if (kind !== "group") return [];
  const ofChat = settings?.dailyLimit ?? admission.group.dailyLimit;
  const ofPerson = settings?.dailyPersonLimit ?? admission.group.dailyPersonLimit;
  const scope = `chat:${chat}`;
  return [
    ...(ofChat === undefined ? [] : [{ of: "chat", scope, limit: ofChat } as const]),
    ...(ofPerson === undefined || person === undefined
      ? []
      : [{ of: "person", scope: `${scope}/person:${person}`, limit: ofPerson } as const]),
  ];
};

const consider = (db: Db, event: Arriving, place: Place): Considered => {
  const { admission, botId: bot, at, kind } = event;
  const { chat, person } = place;
  const settings = chat === undefined ? undefined : settingsOfChat(db, chat);
  const operates = isOperator(db, bot, person);
  const verdict = decide({
    ...admission,
    at,
    kind,
    isGroup: event.chat.kind === "group",
    handle: event.sender?.handle ?? "",
    isOperator: operates,
    grant: person === undefined ? undefined : selectGrant(db).get({ bot, person }),
    chat: settings,
    claims: (hash) => selectClaim(db).get({ bot })?.codeHash === hash,
    waits: () => person !== undefined && selectWaiting(db).get({ bot, person, at }) !== undefined,
    isFull: () => (countWaiting(db).get({ bot, at })?.count ?? 0) >= mostWaiting,
  });
  const limits = verdict.let === "in" && admission.counts ? limitsOf(event, settings, place) : [];
  const isNew =
    admission.counts && event.chat.kind === "direct" && !operates && admission.tells && settings?.toldAt == null;
  return { verdict, limits, limit: usedUp(db, limits, at), isNew: isNew && verdict.let === "in" };
};

/** What will probably become of an event: whether it goes to an agent, and whether its sender is new to it. */
export const previewAdmission = (db: Db, event: Arriving): { readonly isIn: boolean; readonly isNew: boolean } => {
  const { botId, chat: where } = event;
  const known = selectChat(db).get({ botId, key: where.key });
  const chat = known ? wholeOf(known) : selectChat(db).get({ botId, key: where.within ?? where.key })?.id;
  const person = event.sender && selectHandle(db).get({ handle: event.sender.handle })?.personId;
  const { verdict, limit, isNew } = consider(db, event, { chat, person });
  return { isIn: verdict.let === "in" && limit === undefined, isNew };
};

export type Admitted =
  | {
      readonly let: "in";
      readonly muted: boolean;
      readonly isNew: boolean;
      /** Where it counts, should it go to the agent. */
      readonly limits: readonly Limited[];
    }
  | { readonly let: "out"; readonly why: Silence }
  /** lettabox answers it by itself. */
  | { readonly let: "told"; readonly changed: AccessChanged };

type Told = Extract<Verdict, { let: "told" }>["what"];

/** Part of the transaction that accepts an event. */
export const admitEvent = (db: Db, event: Arriving, chat: Chat, person: number | undefined): Admitted => {
  const { admission, botId: bot, at } = event;
  const { verdict, limits, limit, isNew } = consider(db, event, { chat: wholeOf(chat), person });
  const by = `person:${person}`;
  const remember = (): void => markTold(db, { chat: chat.id, owner: chat.owner, at });

  const ask = (of: "person" | "group"): AccessChanged => {
    const isFull = (countWaiting(db).get({ bot, at })?.count ?? 0) >= mostWaiting;
    const name = of === "group" ? chat.title : (event.sender?.name ?? null);
    const who = { bot, kind: of, person: person ?? null, chat: chat.id, owner: chat.owner, at };
    return { kind: "asked", of, code: isFull ? null : makeCode(db, who), name };
  };

  const tell = (what: Told): AccessChanged => {
    if (what === "claimed")
      return { kind: "claimed", ...useClaim(db, { bot, person: person ?? 0, chat: chat.id, at }) };
    if (what === "claim-wrong") return { kind: "refused", why: "claim" };
    if (what === "asked") return ask("person");
    if (what === "admitted") {
      admitGroup(db, { bot, chat: chat.id, by, at });
      return { kind: "admitted", mode: modeOf(settingsOfChat(db, chat.id), admission.group.mode) };
    }
    remember();
    if (what === "group") return ask("group");
    if (what === "full") return { kind: "asked", of: "person", code: null, name: null };
    return { kind: "refused", why: "named-only", senderId: admission.senderId };
  };

  if (verdict.let === "told") return { let: "told", changed: tell(verdict.what) };
  if (verdict.let === "out") {
    if (verdict.leaves) leaveGroup(db, { bot, chat: chat.id, by, at });
    return { let: "out", why: verdict.why };
  }
  if (verdict.admits) admitGroup(db, { bot, chat: chat.id, by, at });
  if (limit) {
    // Whoever did not speak to the bot is not spoken to.
    if (limit.told || verdict.muted) return { let: "out", why: "daily-limit" };
    sayUsedUp(db, limit, at);
    return {
      let: "told",
      changed: { kind: "refused", why: "daily-limit", scope: limit.of, limit: limit.limit },
    };
  }
  if (isNew) remember();
  return { let: "in", muted: verdict.muted, isNew, limits };
};
