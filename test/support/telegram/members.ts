/** A standing in a chat, as the platform writes it. */
import type { ChatMember, User } from "grammy/types";
import type { Standing } from "./world.ts";

const rights = {
  can_be_edited: false,
  is_anonymous: false,
  can_manage_chat: true,
  can_delete_messages: true,
  can_manage_video_chats: true,
  can_restrict_members: true,
  can_promote_members: false,
  can_change_info: true,
  can_invite_users: true,
  can_post_stories: false,
  can_edit_stories: false,
  can_delete_stories: false,
  can_send_welcome_messages: false,
} as const;

export const chatMember = (user: User, standing: Standing): ChatMember => {
  switch (standing) {
    case "creator":
      return { status: "creator", user, is_anonymous: false };
    case "administrator":
      return { status: "administrator", user, ...rights };
    case "kicked":
      return { status: "kicked", user, until_date: 0 };
    default:
      return { status: standing, user };
  }
};
