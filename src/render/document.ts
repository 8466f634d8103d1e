/** Markdown as a tree: what `parse` reads, and what the layouts and the writer of Markdown work on. */

export type Inline =
  | { readonly kind: "text" | "code" | "math"; readonly text: string }
  /** A new line in the same paragraph. */
  | { readonly kind: "break" }
  | { readonly kind: "bold" | "italic" | "strike" | "spoiler"; readonly children: readonly Inline[] }
  | { readonly kind: "link"; readonly href: string; readonly children: readonly Inline[] }
  /** A bare address, which reads as it leads. */
  | { readonly kind: "address"; readonly text: string }
  | { readonly kind: "image"; readonly href: string; readonly alt: string }
  /** A reference to a `note`. */
  | { readonly kind: "footnote"; readonly label: string };

export type Item = {
  /** Whether the task is done, if the item is a task. */
  readonly done?: boolean;
  readonly children: readonly Block[];
};

export type List = {
  readonly kind: "list";
  /** The first number of a numbered list. */
  readonly start?: number;
  /** Whether the items stand close together. */
  readonly tight: boolean;
  readonly items: readonly Item[];
};

export type Cell = readonly Inline[];
export type Alignment = "left" | "center" | "right" | undefined;

export type Table = {
  readonly kind: "table";
  readonly align: readonly Alignment[];
  readonly head: readonly Cell[];
  readonly rows: readonly (readonly Cell[])[];
};

export type Block =
  | { readonly kind: "paragraph"; readonly children: readonly Inline[] }
  | { readonly kind: "heading"; readonly level: number; readonly children: readonly Inline[] }
  | { readonly kind: "code"; readonly text: string; readonly language?: string }
  | { readonly kind: "math"; readonly text: string }
  | { readonly kind: "quote"; readonly children: readonly Block[] }
  | List
  | Table
  | { readonly kind: "rule" }
  /** What a `footnote` refers to. */
  | { readonly kind: "note"; readonly label: string; readonly children: readonly Inline[] };

export type Document = readonly Block[];
