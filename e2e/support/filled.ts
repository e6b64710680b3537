import { type APIRequestContext, expect } from "@playwright/test";
import { bare, markup, zip } from "./markup";
import type { FakeProvider, Server } from "./server";

/** Asks the API for what must go well. */
export async function ask(api: APIRequestContext, server: Server, method: string, path: string, data?: object) {
  const reply = await api.fetch(`${server.url}/api/v1${path}`, { method, data });
  expect(reply.status(), `${method} ${path}: ${await reply.text()}`).toBeLessThan(300);
  return reply.status() === 204 ? null : reply.json();
}

/** A chunk of an answer as a provider streams it, with a name and an id of its own choice. */
export const chunk = (content: string, finish_reason: string | null = null) =>
  `data: ${JSON.stringify({
    id: markup("model: the answer's id"),
    object: "chat.completion.chunk",
    model: markup("model: its name"),
    choices: [{ index: 0, delta: finish_reason ? {} : { content }, finish_reason }],
  })}\n\n`;

export const answer = (text: string, finish = "stop") => [...(text.match(/[^]{1,60}/g) ?? []).map((part) => chunk(part)), chunk("", finish), "data: [DONE]\n\n"];

const epub = () => {
  const escape = (text: string) => text.replace(/[&<>"]/g, (c) => `&#${c.charCodeAt(0)};`);
  const elements = "file: EPUB, its elements";
  const xhtml = (body: string) => `<?xml version="1.0"?><html xmlns="http://www.w3.org/1999/xhtml" xmlns:epub="http://www.idpf.org/2007/ops">
    <head><title>t</title><script>ran("${elements}")</script></head><body onload="ran('${elements}')">${body}</body></html>`;
  return zip([
    ["mimetype", "application/epub+zip"],
    ["META-INF/container.xml", `<?xml version="1.0"?><container version="1.0" xmlns="urn:oasis:names:tc:opendocument:xmlns:container">
      <rootfiles><rootfile full-path="book.opf" media-type="application/oebps-package+xml"/></rootfiles></container>`],
    ["book.opf", `<?xml version="1.0"?><package xmlns="http://www.idpf.org/2007/opf" version="3.0" unique-identifier="id">
      <metadata xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:identifier id="id">x</dc:identifier><dc:language>en</dc:language>
      <dc:title>${escape(markup("file: EPUB, its title"))}</dc:title><dc:creator>${escape(markup("file: EPUB, its author"))}</dc:creator></metadata>
      <manifest><item id="nav" href="nav.xhtml" media-type="application/xhtml+xml" properties="nav"/>
      <item id="one" href="one.xhtml" media-type="application/xhtml+xml"/></manifest><spine><itemref idref="one"/></spine></package>`],
    ["nav.xhtml", xhtml(`<nav epub:type="toc"><ol><li><a href="one.xhtml">${escape(markup("file: EPUB, its contents"))}</a></li></ol></nav>`)],
    ["one.xhtml", xhtml(`<h1>One</h1><p>${escape(markup("file: EPUB, its words"))}</p>
      <p><a href="javascript:ran('${elements}')" onclick="ran('${elements}')">A link</a><img src="x" onerror="ran('${elements}')"/></p>
      <svg xmlns="http://www.w3.org/2000/svg" onload="ran('${elements}')"><script>ran("${elements}")</script></svg><p>The end of it.</p>`)],
  ]);
};

/** Enough words to tell their language. */
const english = "It was the last night of the year, and the two of them had not said a word since they left the house by the river. ".repeat(4);

export const files = () => ({
  text: [
    bare("text: title"),
    "Somebody",
    "",
    `Chapter 1 ${markup("file: text, its chapter")}`,
    "",
    markup("file: text, its words"),
    english,
  ].join("\n"),
  markdown: [
    "# A book of links",
    "",
    `## ${markup("file: Markdown, its heading")}`,
    "",
    `[a link](javascript:ran('Markdown')) and ![an image](x" onerror="ran('Markdown')) and <a href="javascript:ran('Markdown')">raw</a>`,
    "",
    markup("file: Markdown, its words"),
    "",
    english,
  ].join("\n"),
  epub: epub(),
});

export type Made = Awaited<ReturnType<typeof fill>>;

/** Fills what the API takes. */
export async function fill(api: APIRequestContext, server: Server, fake: FakeProvider) {
  const send = (method: string, path: string, data?: object) => ask(api, server, method, path, data);
  const languages = { source_language: "ja", target_language: "en" };
  const { user } = await send("POST", "/users", { name: markup("CreateUser.name"), role: "viewer" });
  const { token } = await send("POST", "/tokens", { name: markup("CreateToken.name"), scopes: ["read"] });

  const a = await send("POST", "/works", { title: markup("CreateWork.title"), author: markup("CreateWork.author"), ...languages });
  const source_text = `${markup("CreateChapter.source_text")}\n\nEt cetera.`;
  const chapter = await send("POST", `/works/${a.id}/chapters`, { volume: markup("CreateChapter.volume"), title: markup("CreateChapter.title"), source_text });
  const failing = await send("POST", `/works/${a.id}/chapters`, { title: "Failing", source_text: "One." });
  const fresh = await send("POST", `/works/${a.id}/chapters`, { title: "New", source_text });
  const content = (schema: string) => ({
    model: "novel",
    template: `${markup(`${schema}.template`)}\n{own} {instruction}\n{source_text}`,
    parameters: { variables: { own: markup(`${schema}.parameters`) }, metadata: { [markup(`${schema}.parameters`)]: [markup(`${schema}.parameters`)] } },
    note: markup(`${schema}.note`),
  });
  await send("POST", `/works/${a.id}/prompt`, { name: markup("CreatePrompt.name"), ...content("CreatePrompt") });
  await send("POST", `/works/${a.id}/prompt/versions`, { ...content("AppendVersion"), base_version: 1 });
  await send("POST", `/works/${a.id}/prompt/versions/1/restore`, { base_version: 2, note: markup("RestoreVersion.note") });

  const b = await send("POST", "/works", { title: "plain", author: "plain", ...languages });
  await send("PATCH", `/works/${b.id}`, { title: markup("UpdateWork.title"), author: markup("UpdateWork.author") });
  const other = await send("POST", `/works/${b.id}/chapters`, { title: "plain", source_text: "plain" });
  const text = { volume: markup("UpdateChapter.volume"), title: markup("UpdateChapter.title"), source_text: markup("UpdateChapter.source_text") };
  await send("PATCH", `/works/${b.id}/chapters/${other.id}`, text);
  await send("POST", `/works/${b.id}/prompt`, { name: "plain", model: "novel", template: "{source_text}" });
  const named = { name: markup("AppendVersion.name"), model: "novel", template: "{source_text}!", base_version: 1 };
  await send("POST", `/works/${b.id}/prompt/versions`, named);

  const multipart = {
    file: { name: "novel.txt", mimeType: "text/plain", buffer: Buffer.from("Chapter 1\n\nWords.") },
    title: markup("ImportForm.title"),
    author: markup("ImportForm.author"),
    // Too short a text to tell it.
    source_language: "en",
  };
  const imported = await api.post(`${server.url}/api/v1/works/import`, { multipart });
  expect(imported.status(), await imported.text()).toBe(201);
  const { work: c } = await imported.json();
  await send("POST", `/works/${c.id}/prompt`, { name: "plain", model: "novel", template: "{source_text}" });
  await send("PATCH", `/works/${c.id}/prompt`, { name: markup("RenamePrompt.name") });

  for (const [property, value] of [["model", markup("AppendVersion.model")], ["name", "two\nlines"]]) {
    const refused = await api.post(`${server.url}/api/v1/works/${a.id}/prompt/versions`, { data: { ...content("AppendVersion"), base_version: 3, [property]: value } });
    expect(refused.status(), property).toBe(422);
    expect(refused.headers()["content-type"]).toBe("application/problem+json");
  }

  await fake.script({ model: "novel", chunks: answer(markup("model: its text")) });
  const { id: run } = await send("POST", `/works/${a.id}/chapters/${chapter.id}/translations`);
  await expect.poll(async () => (await send("GET", `/translations/${run}`)).status).toBe("completed");
  const segment = await send("GET", `/translations/${run}/segments/1`);
  await send("PATCH", `/translations/${run}/segments/1`, { text: markup("UpdateSegment.text"), base_attempt_id: segment.attempt.id });
  return { user, token, a, b, c, chapter, failing, fresh, other, run };
}
