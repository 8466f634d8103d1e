import { Hono } from "hono";
import { demoModel, modelState, scriptedProvider } from "../wire/states.ts";
import { refuse } from "../wire/refusals.ts";

/** The models that agents may have. `letta/letta-free` is listed by every server, even by one that cannot reach it. */

const handles = [
  "letta/letta-free",
  demoModel,
  `${scriptedProvider}fake-model`,
  `${scriptedProvider}gpt-4o-mini`,
] as const;

const embeddings = [
  "letta/letta-free",
  ...["ada-002", "3-small", "3-large"].map((name) => `openai/text-embedding-${name}`),
];

const embeddingState = (handle: string) => {
  const name = handle.slice(handle.indexOf("/") + 1);
  return {
    handle,
    name,
    display_name: name,
    provider_type: "openai",
    provider_name: "openai",
    model_type: "embedding",
    ...embeddingConfig(handle),
  };
};

/** What is kept of an embedding's handle. */
export const embeddingConfig = (handle: string) => ({
  embedding_endpoint_type: "openai",
  embedding_endpoint: null,
  embedding_model: handle.slice(handle.indexOf("/") + 1),
  embedding_dim: 1_536,
  embedding_chunk_size: 300,
  batch_size: 32,
  azure_endpoint: null,
  azure_version: null,
  azure_deployment: null,
});

/** Throws what the server says to a handle that it cannot use. */
export const requireModel = (handle: string): void => {
  if (!handle.includes("/")) {
    throw refuse(400, "INVALID_ARGUMENT: The model handle should be in the format provider/model-name");
  }
  if (!(handles as readonly string[]).includes(handle)) {
    throw refuse(404, `NOT_FOUND: Handle ${handle} not found, must be one of []`);
  }
};

export const modelListings = (): Hono =>
  new Hono()
    .get("/v1/models/", (c) => c.json(handles.map(modelState)))
    .get("/v1/models/embedding", (c) => c.json(embeddings.map(embeddingState)))
    .get("/v1/providers/", (c) => c.json([]));
