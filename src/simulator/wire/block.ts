import type { Resource } from "../store/resources.ts";
import { newId } from "./ids.ts";

/** A memory block as the API shows it. Its `limit` binds the agent's tools and nobody else. */

const usualLimit = 100_000;

const known: Readonly<Record<string, string>> = {
  human:
    "The human block: Stores key details about the person you are conversing with, allowing for more personalized and friend-like conversation.",
  persona:
    "The persona block: Stores details about your current persona, guiding how you behave and respond. This helps you to maintain consistency and personality in your interactions.",
};

export type BlockFields = {
  readonly label: string;
  readonly value: string;
  readonly limit?: number | null | undefined;
  readonly description?: string | null | undefined;
  readonly read_only?: boolean | null | undefined;
  readonly metadata?: unknown;
  readonly tags?: readonly string[] | null | undefined;
};

/** Within an agent a well-known label brings its description. */
export const blockState = (fields: BlockFields, ofAgent: boolean): Resource => ({
  value: fields.value,
  limit: fields.limit ?? usualLimit,
  project_id: null,
  template_name: null,
  is_template: false,
  template_id: null,
  base_template_id: null,
  deployment_id: null,
  entity_id: null,
  preserve_on_migration: false,
  label: fields.label,
  read_only: fields.read_only ?? false,
  description: fields.description ?? (ofAgent ? known[fields.label] : undefined) ?? null,
  metadata: fields.metadata ?? {},
  hidden: null,
  id: newId("block"),
  created_by_id: null,
  last_updated_by_id: null,
  tags: fields.tags ?? [],
});
