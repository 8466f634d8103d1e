/** Updates of every kind, as the Bot API documents them, with what each becomes. Ann writes to the bot, in private and in a garden club. */
import type { Message, Update, User } from "grammy/types";

export const me = { id: 110, username: "box_bot", commands: new Set(["new", "group-mode"]) };
export const box: User = { id: me.id, is_bot: true, first_name: "Box", username: me.username };
export const ann: User = { id: 42, is_bot: false, first_name: "Ann", last_name: "Archer", username: "ann" };
export const bob: User = { id: 43, is_bot: false, first_name: "Bob" };

export const privately = {
  id: ann.id,
  type: "private",
  first_name: "Ann",
  last_name: "Archer",
  username: "ann",
} as const;
export const club = { id: -100_200, type: "supergroup", title: "Garden club" } as const;
export const oldClub = { id: -200, type: "group", title: "Garden club" } as const;
export const news = { id: -100_300, type: "channel", title: "News" } as const;

/** 2026-11-29 12:00 UTC */
export const date = 1_795_953_600;
/** When the update came. */
export const at = date * 1_000 + 250;

type Said = NonNullable<Update["message"]>;

export const said = (message: Partial<Message> = {}): Said =>
  ({ message_id: 7, date, chat: privately, from: ann, ...message }) as Said;

export const inClub = (message: Partial<Message> = {}): Said => said({ chat: club, ...message });

const member = { user: box, status: "member" } as const;
const left = { user: box, status: "left" } as const;
const kicked = { user: box, status: "kicked", until_date: 0 } as const;
const poll = {
  id: "90",
  question: "Roses or tulips?",
  options: [
    { persistent_id: "a", text: "Roses", voter_count: 2 },
    { persistent_id: "b", text: "Tulips", voter_count: 1 },
  ],
  total_voter_count: 3,
  is_closed: false,
  is_anonymous: true,
  type: "regular",
  allows_multiple_answers: false,
  allows_revoting: true,
  members_only: false,
} as unknown as NonNullable<Update["poll"]>;

type Kinds = { readonly [K in Exclude<keyof Update, "update_id">]-?: NonNullable<Update[K]> };

/** One of each kind; the compiler tells when one is missing. */
export const kinds: Kinds = {
  message: said({ text: "hello" }),
  edited_message: { ...said({ text: "hello!" }), edit_date: date + 5 },
  channel_post: { message_id: 1, date, chat: news, sender_chat: news, text: "Extra!" },
  edited_channel_post: { message_id: 1, date, chat: news, sender_chat: news, text: "Extra", edit_date: date + 1 },
  business_connection: {
    id: "bc1",
    user: ann,
    user_chat_id: ann.id,
    date,
    is_enabled: true,
  },
  business_message: { ...said({ text: "for my customers", business_connection_id: "bc1" }), chat: privately },
  edited_business_message: {
    ...said({ text: "for my customers!", business_connection_id: "bc1" }),
    chat: privately,
    edit_date: date + 1,
  },
  deleted_business_messages: { business_connection_id: "bc1", chat: privately, message_ids: [7] },
  guest_message: inClub({ text: "@box_bot what is this?", guest_query_id: "g1" }),
  stopped_message_generation: { chat: privately, draft_id: 5 },
  message_reaction: {
    chat: privately,
    message_id: 7,
    user: ann,
    date,
    old_reaction: [{ type: "emoji", emoji: "👍" }],
    new_reaction: [
      { type: "emoji", emoji: "❤" },
      { type: "custom_emoji", custom_emoji_id: "5368324170671202286" },
    ],
  },
  message_reaction_count: { chat: news, message_id: 1, date, reactions: [] },
  inline_query: { id: "1", from: ann, query: "roses", offset: "" },
  chosen_inline_result: { result_id: "1", from: ann, query: "roses" },
  callback_query: {
    id: "4000",
    from: ann,
    chat_instance: "1",
    data: "choice-1",
    message: { ...said({ message_id: 8, text: "Which?" }), from: box },
  },
  shipping_query: {
    id: "1",
    from: ann,
    invoice_payload: "x",
    shipping_address: {
      country_code: "DE",
      state: "",
      city: "Berlin",
      street_line1: "1",
      street_line2: "",
      post_code: "10115",
    },
  },
  pre_checkout_query: { id: "1", from: ann, currency: "XTR", total_amount: 1, invoice_payload: "x" },
  purchased_paid_media: { from: ann, paid_media_payload: "x" },
  poll,
  poll_answer: { poll_id: "90", user: ann, option_ids: [0], option_persistent_ids: ["a"] },
  my_chat_member: { chat: club, from: ann, date, old_chat_member: left, new_chat_member: member },
  chat_member: {
    chat: club,
    from: ann,
    date,
    old_chat_member: { user: bob, status: "left" },
    new_chat_member: { user: bob, status: "member" },
  },
  chat_join_request: { chat: club, from: bob, user_chat_id: bob.id, date },
  chat_boost: {
    chat: club,
    boost: { boost_id: "b", add_date: date, expiration_date: date + 1, source: { source: "premium", user: ann } },
  },
  removed_chat_boost: { chat: club, boost_id: "b", remove_date: date, source: { source: "premium", user: ann } },
  managed_bot: { user: ann, bot: box },
  subscription: { user: ann } as unknown as NonNullable<Update["subscription"]>,
};

/** The bot in a private chat goes by being blocked. */
export const memberships: Readonly<Record<string, NonNullable<Update["my_chat_member"]>>> = {
  added: kinds.my_chat_member,
  removed: { chat: club, from: ann, date, old_chat_member: member, new_chat_member: kicked },
  blocked: { chat: privately, from: ann, date, old_chat_member: member, new_chat_member: kicked },
  unblocked: { chat: privately, from: ann, date, old_chat_member: kicked, new_chat_member: member },
};

export const pollMessage: Message["poll"] = poll as unknown as NonNullable<Message["poll"]>;
