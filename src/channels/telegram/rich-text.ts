/** A rich message that somebody wrote, as the Markdown that it may have come from. */
import type { RichBlock, RichMessage, RichText } from "grammy/types";

const marks: Readonly<Record<string, string>> = {
  bold: "**",
  italic: "_",
  strikethrough: "~~",
  spoiler: "||",
  code: "`",
  mathematical_expression: "$",
};

/** Of a list and a piece of text in it, whatever is text. */
const inline = (text: RichText | undefined): string => {
  if (text === undefined) return "";
  if (typeof text === "string") return text;
  if (Array.isArray(text)) return text.map(inline).join("");
  if (text.type === "mathematical_expression") return `$${text.expression}$`;
  if (text.type === "button") return `[${inline(text.button.text)}]`;
  if (text.type === "custom_emoji") return text.alternative_text;
  const inner = "text" in text ? inline(text.text) : "";
  if (text.type === "url" && text.url !== inner) return `[${inner}](${text.url})`;
  const mark = marks[text.type] ?? "";
  return `${mark}${inner}${mark}`;
};

const indent = (text: string): string => text.replaceAll("\n", "\n  ");

const block = (one: RichBlock): string => {
  switch (one.type) {
    case "paragraph":
    case "footer":
    case "thinking":
      return inline(one.text);
    case "heading":
      return `${"#".repeat(one.size)} ${inline(one.text)}`;
    case "pre":
      return `\`\`\`${one.language ?? ""}\n${inline(one.text)}\n\`\`\``;
    case "mathematical_expression":
      return `$$${one.expression}$$`;
    case "list":
      return one.items
        .map(({ label, blocks, has_checkbox, is_checked }) => {
          const box = has_checkbox ? `[${is_checked ? "x" : " "}] ` : "";
          return `${label === "" ? "-" : label} ${box}${indent(all(blocks))}`;
        })
        .join("\n");
    case "blockquote":
      return `> ${all(one.blocks).replaceAll("\n", "\n> ")}`;
    case "expandable_blockquote":
    case "pullquote":
      return `> ${inline(one.text).replaceAll("\n", "\n> ")}`;
    case "table":
      return one.cells.map((row) => `| ${row.map(({ text }) => inline(text)).join(" | ")} |`).join("\n");
    case "details":
      return `${inline(one.summary)}\n${all(one.blocks)}`;
    case "collage":
    case "slideshow":
      return [all(one.blocks), inline(one.caption?.text)].filter(Boolean).join("\n");
    case "divider":
      return "---";
    case "anchor":
      return "";
    case "buttons":
      return one.buttons.map(({ text }) => `[${inline(text)}]`).join(" ");
    default:
      return [`(${one.type.replaceAll("_", " ")})`, inline(one.caption?.text)].filter(Boolean).join(" ");
  }
};

const all = (blocks: readonly RichBlock[]): string =>
  blocks
    .map(block)
    .filter((text) => text !== "")
    .join("\n\n");

export const textOfRich = ({ blocks }: RichMessage): string => all(blocks);
