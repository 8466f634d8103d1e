/** The document as a page that is read on a phone too, without a script and without anything from elsewhere. */
import type { ApiDocument, Described, Json } from "./document.ts";

const escape = (text: string): string =>
  text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");

/** The little of CommonMark that descriptions use: code, and paragraphs. */
const prose = (text: string): string =>
  text
    .split("\n\n")
    .map((part) => `<p>${escape(part).replaceAll(/`([^`]+)`/g, "<code>$1</code>")}</p>`)
    .join("");

const asJson = (value: unknown): Json => (typeof value === "object" && value !== null ? (value as Json) : {});
const asList = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);

/** A type in few words, with links to what has a name. */
const typeOf = (value: unknown): string => {
  const schema = asJson(value);
  const { $ref: ref, type, format, items } = schema;
  if (typeof ref === "string") {
    const name = escape(ref.split("/").at(-1) ?? "");
    return `<a href="#schema-${name}">${name}</a>`;
  }
  if (Array.isArray(schema["enum"]))
    return schema["enum"].map((one) => `<code>${escape(String(one))}</code>`).join(" ");
  if ("const" in schema) return `<code>${escape(JSON.stringify(schema["const"]))}</code>`;
  const choices = asList(schema["anyOf"] ?? schema["oneOf"]);
  if (choices.length > 0) return choices.map(typeOf).join(" or ");
  if (type === "array") return `list of ${typeOf(items)}`;
  if (type === "object" && schema["properties"]) return fieldsOf(schema);
  if (type === "object" && schema["additionalProperties"]) return `object of ${typeOf(schema["additionalProperties"])}`;
  if (format === "date-time") return Array.isArray(type) ? "time or null" : "time";
  const words = Array.isArray(type) ? type.join(" or ") : typeof type === "string" ? type : "anything";
  return escape(words);
};

const fieldsOf = (schema: Json): string => {
  const required = asList(schema["required"]);
  const rows = Object.entries(asJson(schema["properties"])).map(([name, field]) => {
    const { description } = asJson(field);
    const mark = required.includes(name) ? "" : " <small>optional</small>";
    const words = typeof description === "string" ? prose(description) : "";
    return `<dt><code>${escape(name)}</code>${mark}</dt><dd>${typeOf(field)}${words}</dd>`;
  });
  return `<dl>${rows.join("")}</dl>`;
};

const exampleOf = ({ example }: { readonly example?: unknown }): string =>
  example === undefined ? "" : `<pre>${escape(JSON.stringify(example, null, 2))}</pre>`;

const operation = (method: string, path: string, described: Described): string => {
  const { operationId, summary, description = "", parameters, requestBody, responses } = described;
  const asked = parameters.map(
    ({ name, in: place, schema }) =>
      `<dt><code>${escape(name)}</code> <small>${place}</small></dt><dd>${typeOf(schema)}</dd>`,
  );
  const body = Object.values(requestBody?.content ?? {}).map(
    (one) => `<h4>Body</h4>${typeOf(one.schema)}${exampleOf(one)}`,
  );
  const answers = Object.entries(responses).map(([status, { description: words, content }]) => {
    const kinds = Object.entries(content).map(([media, { schema }]) =>
      media === "application/json" ? typeOf(schema) : `<code>${escape(media)}</code>`,
    );
    return `<dt>${status}</dt><dd>${kinds.join(" or ")}${Number(status) < 300 ? "" : prose(words)}</dd>`;
  });
  return `<details id="${operationId}"><summary><b class="${method}">${method.toUpperCase()}</b> <code>${escape(path)}</code> <span>${escape(summary)}</span></summary>
${prose(description)}${asked.length > 0 ? `<h4>Parameters</h4><dl>${asked.join("")}</dl>` : ""}${body.join("")}<h4>Answers</h4><dl>${answers.join("")}</dl></details>`;
};

const style = `:root{color-scheme:light dark}
body{font:16px/1.5 system-ui,sans-serif;max-width:52rem;margin:0 auto;padding:1rem;overflow-wrap:anywhere}
summary{cursor:pointer;padding:.5rem 0}
summary span{display:block;margin-left:1.2rem;opacity:.75}
details{border-bottom:1px solid #8884}
details[open]{padding-bottom:1rem}
code,pre{font:.9em ui-monospace,monospace}
pre{background:#8882;padding:.75rem;border-radius:.5rem;overflow:auto}
dl{margin:.25rem 0 .5rem;padding-left:.75rem;border-left:2px solid #8884}
dd{margin:0 0 .5rem 1rem}
dd p,h4{margin:.25rem 0}
b{display:inline-block;min-width:3.5rem;color:#2b7a4b}
b.post,b.put{color:#b26a00}
b.delete{color:#c0392b}`;

/** The whole page. Everything that comes from the document is escaped. */
export const writePage = ({ info, tags, paths, components }: ApiDocument): string => {
  const all = Object.entries(paths).flatMap(([path, item]) =>
    Object.entries(item).map(([method, described]) => ({ method, path, described })),
  );
  const groups = tags.map(({ name }) => {
    const those = all.filter(({ described }) => described.tags.includes(name));
    return `<h2>${escape(name)}</h2>${those.map((one) => operation(one.method, one.path, one.described)).join("\n")}`;
  });
  const schemas = Object.entries(components.schemas).map(([name, schema]) => {
    const { description } = schema;
    const words = typeof description === "string" ? prose(description) : "";
    return `<section id="schema-${escape(name)}"><h3>${escape(name)}</h3>${words}${typeOf(schema)}</section>`;
  });
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">
<title>lettabox API</title><style>${style}</style></head><body>
<h1>lettabox API <small>${escape(info.version)}</small></h1>
<p>${escape(info.description)} Send a token as <code>Authorization: Bearer …</code> or <code>X-Api-Key</code>. For programs: <a href="openapi.json">openapi.json</a>.</p>
${groups.join("\n")}
<h2>Schemas</h2>
${schemas.join("\n")}
</body></html>
`;
};
