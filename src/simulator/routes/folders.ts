import { type Context, Hono } from "hono";
import { z } from "zod";
import { attachTools } from "../run/add-agent.ts";
import type { Simulation } from "../simulation.ts";
import type { Resource } from "../store/resources.ts";
import { fileTools } from "../wire/base-tools.ts";
import { newId, timestamp } from "../wire/ids.ts";
import { idIn, noRow, notUnique, refuse } from "../wire/refusals.ts";
import { agentFinder } from "./agent-of.ts";
import { readBody } from "./body.ts";
import { embeddingConfig } from "./models.ts";
import { pageOf } from "./page.ts";
import { isSdk, queryOf } from "./request.ts";
import { agentShower } from "./agent-state.ts";

/** Folders and the files in them. Their ids begin with `source-`, as folders once were called. */

const fields = z.object({
  name: z.string().nullish(),
  description: z.string().nullish(),
  instructions: z.string().nullish(),
  metadata: z.record(z.string(), z.unknown()).nullish(),
  embedding: z.string().nullish(),
});

const readable = /\.(txt|md|json|jsonl|csv|pdf|html|css|xml|ya?ml|toml|ini|sh|sql|py|js|ts|java|go|rs|rb|c|h|cpp)$/i;

const owner = {
  organization_id: "org-00000000-0000-4000-8000-000000000000",
  created_by_id: "user-00000000-0000-4000-8000-000000000000",
  last_updated_by_id: "user-00000000-0000-4000-8000-000000000000",
};

const set = (given: object): object => Object.fromEntries(Object.entries(given).filter(([, value]) => value != null));

export const folderRoutes = (simulation: Simulation): Hono => {
  const { store, now } = simulation;
  const show = agentShower(simulation);
  const named = (name: unknown): Resource | undefined =>
    store.resources.list("folder").find((one) => one["name"] === name);

  const found = (c: Context): Resource => {
    const id = idIn("source", "folder_id", c.req.param("folder") ?? "");
    const folder = store.resources.find("folder", id);
    if (folder === null) throw noRow("Source", id);
    return folder;
  };
  const agentOf = agentFinder(simulation);
  const filesOf = (folderId: string): readonly Resource[] =>
    store.resources.list("file").filter((file) => file["source_id"] === folderId);

  /** A name that the folder does not have yet: `a.txt`, `a_(1).txt`, … */
  const freeName = (folderId: string, name: string): string => {
    const taken = new Set(filesOf(folderId).map((file) => String(file["file_name"])));
    const [, stem = name, ending = ""] = /^(.*?)(\.[^.]*)?$/.exec(name) ?? [];
    let free = name;
    for (let count = 1; taken.has(free); count += 1) free = `${stem}_(${count})${ending}`;
    return free;
  };
  const fileOf = (folder: Resource, name: string, file: File): Resource => ({
    source_id: folder.id,
    file_name: freeName(folder.id, name),
    original_file_name: name,
    file_path: null,
    file_type: file.type.split(";")[0] ?? "",
    file_size: file.size,
    file_creation_date: null,
    file_last_modified_date: null,
    processing_status: "completed",
    error_message: null,
    total_chunks: 1,
    chunks_embedded: 1,
    content: null,
    id: newId("file"),
    organization_id: owner.organization_id,
    created_at: timestamp(now()),
    updated_at: timestamp(now()),
  });

  return new Hono()
    .get("/v1/folders/", (c) => {
      const name = queryOf(c, "name");
      const folders = store.resources.list("folder").filter((one) => name === null || one["name"] === name);
      return c.json(pageOf(c, folders, "asc"));
    })
    .post("/v1/folders/", async (c) => {
      const { embedding, ...given } = await readBody(c, fields);
      if (embedding == null) {
        throw refuse(400, "INVALID_ARGUMENT: Must specify either embedding or embedding_config in request");
      }
      if (named(given.name) !== undefined) throw notUnique("Source");
      const at = timestamp(now());
      const empty = { name: "", description: null, instructions: null, metadata: null };
      const folder = {
        ...empty,
        ...set(given),
        id: newId("source"),
        embedding_config: embeddingConfig(embedding),
        ...owner,
        created_at: at,
        updated_at: at,
      };
      store.resources.insert("folder", folder);
      return c.json(folder);
    })
    .get("/v1/folders/:folder", (c) => c.json(found(c)))
    .patch("/v1/folders/:folder", async (c) => {
      const { embedding: _, ...given } = await readBody(c, fields);
      const folder = { ...found(c), ...set(given), updated_at: timestamp(now()) };
      store.resources.update(folder);
      return c.json(folder);
    })
    .delete("/v1/folders/:folder", (c) => {
      const { id } = found(c);
      store.commit(() => {
        for (const file of filesOf(id)) store.resources.remove(file.id);
        store.resources.remove(id);
      });
      return c.json(null);
    })
    .post("/v1/folders/:folder/upload", async (c) => {
      const folder = found(c);
      const { file } = await c.req.parseBody();
      if (!(file instanceof File)) throw refuse(422, "Field required");
      const name = queryOf(c, "name") ?? file.name;
      if (!readable.test(name)) throw refuse(415, `Unsupported file type: ${file.type} (filename: ${name}).`);
      const stored = fileOf(folder, name, file);
      store.resources.insert("file", stored);
      // Its answer alone has the folder's name in front.
      return c.json({ ...stored, file_name: `${String(folder["name"])}/${String(stored["file_name"])}` });
    })
    .get("/v1/folders/:folder/files", (c) => c.json(pageOf(c, filesOf(found(c).id), "desc")))
    .get("/v1/folders/:folder/files/:file", (c) => {
      const file = filesOf(found(c).id).find(({ id }) => id === c.req.param("file"));
      if (file === undefined) throw noRow("File", c.req.param("file"));
      return c.json(file);
    })
    .delete("/v1/folders/:folder/:file", (c) => {
      found(c);
      store.resources.remove(c.req.param("file"));
      return c.body(null, 204);
    })
    .get("/v1/agents/:agent/folders", (c) => c.json(store.links.of(agentOf(c).id, "folder")))
    .patch("/v1/agents/:agent/folders/:way{attach|detach}/:folder", (c) => {
      const agent = agentOf(c);
      const folder = found(c);
      if (c.req.param("way") === "attach") {
        store.links.add(agent.id, "folder", folder.id);
        attachTools(simulation, agent.id, fileTools);
      } else store.links.remove(agent.id, folder.id);
      return c.json(isSdk(c) ? null : show(c, agent));
    })
    .get("/v1/agents/:agent/files", (c) => {
      const files = store.links.of(agentOf(c).id, "folder").flatMap((folder) =>
        filesOf(folder.id).map((file) => ({
          id: newId("file_agent"),
          file_id: file.id,
          file_name: `${String(folder["name"])}/${String(file["file_name"])}`,
          folder_id: folder.id,
          folder_name: folder["name"],
          is_open: true,
          last_accessed_at: null,
          visible_content: null,
          start_line: null,
          end_line: null,
        })),
      );
      return c.json({ files, next_cursor: null, has_more: false });
    });
};
