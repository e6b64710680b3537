import type { APIRequestContext, Page } from "@playwright/test";
import { expect, operator, test } from "../support/app";
import { fields, textIn } from "../support/fields";
import { answer, ask, chunk, files, fill, type Made } from "../support/filled";
import { bare, findMarkup, listenForScripts, markup, textOf } from "../support/markup";
import { FakeProvider, Server } from "../support/server";

// Text is data. Each field that can hold text is filled with what would run if it were taken for more, and each page,
// dialog and download that shows it is looked at: nothing ran, nothing became an element, and it is there literally.

/** Looks at places, and keeps what each showed. */
class Reader {
  readonly read = new Map<string, string>();

  constructor(
    private readonly page: Page,
    private readonly server: Server,
    private readonly ran: string[],
  ) {}

  /** Goes to an address of the app, and looks once all is there and unfolded. */
  async visit(place: string, address: string): Promise<void> {
    await this.open(address);
    await this.look(place);
  }

  async open(address: string): Promise<void> {
    await this.page.goto("about:blank");
    await this.page.goto(this.server.url + address);
    await this.settle();
  }

  async settle(): Promise<void> {
    await expect(this.page.locator("main h1, main .failure").first()).toBeVisible();
    await expect(this.page.locator(".skeleton")).toHaveCount(0);
  }

  async look(place: string): Promise<void> {
    // What folds is looked into as well.
    const folded = this.page.locator("main").getByRole("button", { name: /^(Open version|Details|⋯)/, expanded: false });
    while ((await folded.count()) > 0 && (await this.page.getByRole("dialog").count()) === 0) await folded.first().click();
    await expect(this.page.locator(".skeleton")).toHaveCount(0);
    this.read.set(place, `${this.read.get(place) ?? ""}\n${await textOf(this.page)}`);
    expect(await findMarkup(this.page), place).toEqual([]);
    expect(this.ran, place).toEqual([]);
  }
}

/** Whether the browser's own defence is on: off, nothing but the app's own care stands between text and scripts. */
for (const bypassCSP of [true, false]) {
  test.describe(bypassCSP ? "without a Content-Security-Policy" : "with the Content-Security-Policy", () => {
    test.use({ bypassCSP });

    test("a script in every field that can hold text runs nowhere, and is shown as it is", async ({ page }) => {
      test.setTimeout(300_000);
      const fake = await FakeProvider.start();
      const server = await Server.start(fake);
      try {
        await everyField(page, server, fake);
      } finally {
        await server.stop();
        await fake.stop();
      }
    });
  });
}

test.describe("where text is taken for markup", () => {
  test.use({ bypassCSP: true });

  test("what the fields are filled with runs: the other tests would notice", async ({ page }) => {
    const ran = await listenForScripts(page);
    await page.goto("about:blank");
    await page.evaluate(([element, attribute, address, name]) => {
      document.body.innerHTML = element;
      document.body.insertAdjacentHTML("beforeend", `<p title="${attribute}"></p><textarea>${attribute}</textarea>${name}`);
      document.body.insertAdjacentHTML("beforeend", '<a href="#">go</a>');
      document.querySelector("a")!.href = address;
    }, [markup("element"), markup("attribute"), markup("address"), bare("name")]);
    expect((await findMarkup(page)).length).toBeGreaterThan(6);
    await page.getByText("go", { exact: true }).click();
    await expect.poll(() => [...new Set(ran)].sort()).toEqual(["address", "attribute", "element", "name"]);
  });
});

test("every text of every request is among the fields", async ({ request, server }) => {
  type Schema = { $ref?: string; type?: string | string[]; format?: string; enum?: unknown; oneOf?: Schema[]; items?: Schema; properties?: Record<string, Schema> };
  const { paths, components } = await (await request.get(`${server.url}/api/openapi.json`)).json();
  const texts = new Set<string>();
  for (const operation of Object.values<Record<string, { requestBody?: { content: Record<string, { schema: Schema }> } }>>(paths).flatMap((path) => Object.values(path))) {
    for (const { schema } of Object.values(operation.requestBody?.content ?? {})) {
      const name = schema.$ref?.split("/").pop() ?? "";
      for (const [property, { type, format, enum: values }] of Object.entries<Schema>(components.schemas[name]?.properties ?? {})) {
        const holdsText = [type].flat().some((type) => type === "string" || type === "object");
        if (holdsText && !values && format !== "binary") texts.add(`${name}.${property}`);
      }
    }
  }
  expect(texts.size).toBeGreaterThan(40);
  expect(Object.keys(fields).filter((field) => !field.includes(": ")).sort()).toEqual([...texts].sort());
});

async function everyField(page: Page, server: Server, fake: FakeProvider): Promise<void> {
  const ran = await listenForScripts(page);
  const reader = new Reader(page, server, ran);
  const api = page.request;
  await fake.pace(0, 64);

  await signIn(page, server, reader);
  const made = await fill(api, server, fake);
  await importFiles(page, reader);
  await readWorks(page, reader, made);
  await readPrompt(page, reader, made);
  await readChapter(page, reader, made, api, server, fake);
  await readAdministration(page, reader, made);
  await readDownloads(page, reader, made, api, server);

  const missing: string[] = [];
  for (const [field, shown] of Object.entries(fields)) {
    for (const place of Array.isArray(shown) ? shown : []) {
      const text = reader.read.get(place);
      if (!text?.includes(textIn(field))) missing.push(`${field} in ${text === undefined ? "no such place: " : ""}${place}`);
    }
    if (!Array.isArray(shown) && field !== "CreateSession.name") {
      for (const [place, text] of reader.read) if (text.includes(textIn(field))) missing.push(`${field} is shown in ${place}`);
    }
  }
  expect(missing).toEqual([]);
  expect(ran).toEqual([]);
}

/** The first administrator has a name of markup, and so has every author. */
async function signIn(page: Page, server: Server, reader: Reader): Promise<void> {
  const token = server.setupLink.split("token=")[1];
  await ask(page.request, server, "POST", "/setup", { token, name: markup("SetUp.name"), password: operator.password });
  await ask(page.request, server, "DELETE", "/session");
  for (const place of ["setup", "password"]) await reader.visit(place, `/${place}#token=${encodeURIComponent(markup("SetUp.token"))}`);
  await page.getByLabel("Password").fill(operator.password);
  await page.getByRole("button", { name: "Set the password" }).click();
  await expect(page.getByText("The link cannot be used").first()).toBeVisible();
  await reader.look("password");
  await reader.open(`/sign-in?next=${encodeURIComponent(markup("address: where to go after signing in"))}`);
  await page.getByLabel("Name").fill(markup("CreateSession.name"));
  await page.getByLabel("Password").fill(operator.password);
  await page.getByRole("button", { name: "Sign in" }).click();
  await expect(page.getByRole("alert").first()).toBeVisible();
  await reader.look("signing in");
  await page.getByLabel("Name").fill(markup("SetUp.name"));
  await page.getByRole("button", { name: "Sign in" }).click();
  await expect(page).toHaveURL(`${server.url}/`);
}

/** Files by the form of the web app; what became of them. */
async function importFiles(page: Page, reader: Reader): Promise<void> {
  await reader.open("/");
  const { text, markdown, epub } = files();
  const named = (ending: string) => `${bare("file: its name")}.${ending}`;
  await page.locator("input[type=file]").setInputFiles([
    { name: named("txt"), mimeType: "text/plain", buffer: Buffer.from(text) },
    { name: named("md"), mimeType: "text/markdown", buffer: Buffer.from(markdown) },
    { name: named("epub"), mimeType: "application/epub+zip", buffer: epub },
    { name: named("exe"), mimeType: "text/html", buffer: Buffer.from([0, 1, 2, 0, 3]) },
  ]);
  const dialog = page.getByRole("dialog");
  const together = dialog.getByRole("button", { name: "Import 3 files together" });
  await expect(together).toBeEnabled();
  for (const next of ["Next", "Next", "Next"]) {
    await reader.look("importing");
    await dialog.getByRole("button", { name: next }).click();
  }
  await together.click();
  // The EPUB is in the language that it would be translated into.
  await reader.look("importing");
  await dialog.getByRole("button", { name: "Import all of them" }).click();
  await expect(page.locator(".uploads").getByText(/with 1 chapter\./)).toHaveCount(3);
  await expect(dialog.locator(".failure")).toHaveCount(1);
  await reader.look("importing");
  await page.keyboard.press("Escape");
  const links = await page.locator(".uploads a").evaluateAll((links) => links.map((link) => link.getAttribute("href")));
  for (const [index, place] of ["imported text", "imported Markdown", "imported EPUB"].entries()) {
    await reader.open(links[index] ?? "");
    await reader.look(place);
    await page.locator(".chapter-row a").first().click();
    await reader.settle();
    await expect(page.getByText("Not translated yet.")).toBeVisible();
    await reader.look(place);
  }
}

async function readWorks(page: Page, reader: Reader, { a, b, c }: Made): Promise<void> {
  await reader.visit("works", "/");
  await reader.visit("search", `/?query=${encodeURIComponent(markup("address: a search"))}`);
  await expect(page.getByText("Nothing matches")).toBeVisible();
  for (const [place, work] of [["work A", a], ["work B", b], ["imported", c]] as const) {
    await reader.visit(place, `/works/${work.id}`);
    for (const button of ["Edit…", "Add a chapter", "Delete…"]) {
      const opener = page.getByRole("main").getByRole("button", { name: button });
      if ((await opener.count()) === 0) continue;
      await opener.first().click();
      await expect(page.getByRole("dialog")).toBeVisible();
      await reader.look(place);
      await page.keyboard.press("Escape");
      await expect(page.getByRole("dialog")).toHaveCount(0);
    }
  }
  const wrong = encodeURIComponent(markup("address: a cursor, an id, a filter"));
  for (const address of [`/?cursor=${wrong}`, `/works/${wrong}`, `/works/${a.id}/chapters/${wrong}`, `/works/${a.id}/history/${wrong}`, `/works/${a.id}/history?cursor=${wrong}`, `/works/${a.id}/compare?from=${wrong}&to=2`, `/translations/${wrong}`, `/${wrong}`]) {
    await reader.visit("wrong addresses", address);
  }
}

async function readPrompt(page: Page, reader: Reader, { a, b }: Made): Promise<void> {
  await reader.visit("history A", `/works/${a.id}/history`);
  await reader.visit("history B", `/works/${b.id}/history`);
  await reader.visit("version 1", `/works/${a.id}/history/1`);
  await reader.visit("version 2", `/works/${a.id}/history/2`);
  await page.getByRole("button", { name: "Restore…" }).click();
  await expect(page.getByRole("dialog").locator(".diff")).toContainText("AppendVersion.template");
  await reader.look("version 2");
  for (const view of ["split", "unified"]) await reader.visit("compare", `/works/${a.id}/compare?from=1&to=2&view=${view}`);

  await reader.open(`/works/${a.id}`);
  await page.getByRole("button", { name: "Edit Prompt" }).click();
  const editor = page.getByRole("dialog");
  const template = editor.getByRole("textbox", { name: "Template" });
  await template.fill(`${markup("PreviewPrompt.template")} {own} {source_text}`);
  await editor.getByRole("tab", { name: "Parameters" }).click();
  await reader.look("editor");
  await editor.getByRole("textbox", { name: "Value" }).fill(markup("PreviewPrompt.parameters"));
  await editor.getByRole("button", { name: "Add a variable" }).click();
  await editor.getByRole("textbox", { name: "Name", exact: true }).last().fill(bare("CheckTemplate.parameters"));
  await editor.getByRole("textbox", { name: "Value" }).last().fill("x");
  await editor.getByRole("tab", { name: "Preview" }).click();
  await editor.getByRole("button", { name: "Render the preview" }).click();
  await expect(editor.getByText("CreateChapter.source_text").last()).toBeVisible();
  await reader.look("preview");
  await editor.getByRole("tab", { name: "Changes" }).click();
  await reader.look("editor");
  // Problems name what they are about, and what may have been meant.
  await template.fill(`{${bare("CheckTemplate.template")}} {${bare("CheckTemplate.parameters").slice(1)}}`);
  await expect(editor.getByText("There is no variable").first()).toBeVisible();
  await reader.look("editor");
  await editor.getByRole("combobox", { name: "Model" }).fill(markup("AppendVersion.model"));
  await expect(editor.getByText("Nothing matches.")).toBeVisible();
  expect(await findMarkup(page)).toEqual([]);
}

async function readChapter(page: Page, reader: Reader, made: Made, api: APIRequestContext, server: Server, fake: FakeProvider): Promise<void> {
  const { a, b, chapter, other, fresh, failing, run } = made;
  const address = `/works/${a.id}/chapters/${chapter.id}`;
  await reader.visit("other chapter", `/works/${b.id}/chapters/${other.id}`);
  await reader.visit("new chapter", `/works/${a.id}/chapters/${fresh.id}`);

  // Text as it comes, taken in again by a page that is loaded meanwhile.
  const streamed = markup("model: its text while it comes");
  await fake.script({ model: "novel", chunks: answer(`${streamed}\n\nevent: translation-error\ndata: {}\n\n${streamed}`), delay_ms: 400 });
  await page.getByRole("button", { name: "Translate" }).first().click();
  const target = page.locator("#segment-1 .pair-target");
  for (const _ of ["live", "after a reload"]) {
    await expect(target).toContainText(streamed.slice(0, 80));
    await reader.look("streaming");
    await page.reload();
  }
  await expect(target).toContainText(streamed);
  await expect(page.getByText("Complete", { exact: true })).toBeVisible({ timeout: 30_000 });
  await reader.look("streaming");

  await reader.visit("chapter", address);
  await expect(page).toHaveTitle(`${chapter.title} – ${a.title} · Colophon`);
  reader.read.set("title", await page.title());
  await reader.visit("chapter", `/translations/${run}`);

  // Asked for again: what was asked, and the new text while it comes.
  const segment = page.locator("#segment-1");
  await fake.script({ model: "novel", chunks: answer(markup("model: its text")), delay_ms: 400 });
  await segment.getByRole("button", { name: "Translate again… segment 1" }).click();
  await segment.getByRole("textbox", { name: "Instruction" }).fill(markup("RetranslateSegment.instruction"));
  await segment.getByRole("form").getByRole("button", { name: "Translate again" }).click();
  await expect(segment.getByRole("region", { name: "New text of segment 1" })).toContainText("javascript:ran('model");
  await reader.look("translating again");
  await expect(segment.locator(".pair-target > .novel")).toHaveText(markup("model: its text"), { timeout: 20_000 });

  // By hand, with somebody faster.
  await segment.getByRole("button", { name: "Edit segment 1" }).click();
  await segment.getByRole("textbox", { name: "Text of segment 1" }).fill(markup("UpdateSegment.text"));
  const path = `/translations/${run}/segments/1`;
  const { attempt } = await ask(api, server, "GET", path);
  await ask(api, server, "PATCH", path, { text: `${markup("UpdateSegment.text")} Theirs.`, base_attempt_id: attempt.id });
  await page.keyboard.press("Control+Enter");
  await expect(segment.getByText("Somebody changed the text while you were editing it.")).toBeVisible();
  await reader.look("editing by hand");

  await reader.open(address + `?run=${run}`);
  await page.getByRole("button", { name: "Attempts segment 1" }).click();
  const dialog = page.getByRole("dialog");
  await expect(dialog.locator(".attempt")).toHaveCount(4);
  await dialog.getByRole("checkbox", { name: "Attempt 1" }).check();
  await dialog.getByRole("checkbox", { name: "Attempt 4" }).check();
  await expect(dialog.getByRole("heading", { name: "Attempt 1 → attempt 4" })).toBeVisible();
  await reader.look("attempts");

  // What a provider says of a failure is shown with it.
  const error = (field: string) => Object.fromEntries(["message", "code", "type", "param"].map((name) => [name, markup(field)]));
  const json = { "content-type": "application/json" };
  for (const script of [
    { status: 400, headers: json, chunks: [JSON.stringify({ error: error("provider: its error") })] },
    { chunks: [chunk("A beginning"), `data: ${JSON.stringify({ error: error("provider: its error in mid-stream") })}\n\n`], times: 4 },
    { chunks: answer("A text", markup("model: why it stopped")) },
    { status: 200, headers: { "content-type": "text/html" }, chunks: [markup("provider: its error")], times: 4 },
  ]) {
    await fake.script({ model: "novel", ...script });
    const { id } = await ask(api, server, "POST", `/works/${a.id}/chapters/${failing.id}/translations`);
    await expect.poll(async () => (await ask(api, server, "GET", `/translations/${id}`)).status, { timeout: 20_000 }).toBe("failed");
    await reader.visit("failures", `/works/${a.id}/chapters/${failing.id}`);
    await expect(page.getByText("Failed", { exact: true }).first()).toBeVisible();
    await page.getByRole("button", { name: "Attempts segment 1" }).click();
    await expect(page.getByRole("dialog").locator(".attempt").first()).toBeVisible();
    await reader.look("failures");
  }
}

async function readAdministration(page: Page, reader: Reader, { user, token, a }: Made): Promise<void> {
  await reader.visit("users", "/users");
  await page.getByRole("button", { name: `Manage ${user.name}` }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Make a one-time link" }).click();
  await expect(page.getByRole("dialog").getByLabel("One-time link")).toBeVisible();
  await reader.look("managing");
  await reader.visit("tokens", "/tokens");
  await page.getByRole("row", { name: token.name }).getByRole("button", { name: /Revoke/ }).click();
  await reader.look("revoking");
  await page.getByRole("button", { name: "Revoke the token" }).click();
  await expect(page.getByText("was revoked.")).toBeVisible();
  await reader.look("revoking");
  await page.getByRole("button", { name: "Make a token" }).click();
  const works = page.getByRole("dialog").getByRole("combobox", { name: "Where" });
  await works.fill("CreateWork.title");
  await page.getByRole("option", { name: `work ${a.id}` }).click();
  await expect(works).toHaveValue(a.title);
  await reader.look("work choice");

  await reader.visit("audit", "/audit");
  await reader.visit("account", "/account");
  const wrong = encodeURIComponent(markup("address: a cursor, an id, a filter"));
  await reader.visit("wrong filter", `/audit?who=${wrong}&action=${wrong}&from=${wrong}&cursor=${wrong}`);
}

/** What leaves the app: files, replies and events say what they are, and nobody is to guess. */
async function readDownloads(page: Page, reader: Reader, made: Made, api: APIRequestContext, server: Server): Promise<void> {
  const { a, chapter, run } = made;
  await reader.open(`/works/${a.id}/chapters/${chapter.id}?run=${run}`);
  const [download] = await Promise.all([page.waitForEvent("download"), page.getByRole("button", { name: "Download as text" }).click()]);
  expect(download.suggestedFilename()).toMatch(/^[^/\\"<>:\n]+\.txt$/);
  const stream = await download.createReadStream();
  expect(Buffer.concat(await stream.toArray()).toString()).toContain(markup("UpdateSegment.text"));

  const whole = await api.get(`${server.url}/api/v1/audit/export`);
  expect(whole.headers()).toMatchObject({
    "content-type": "application/jsonl",
    "content-disposition": 'attachment; filename="colophon-audit.jsonl"',
    "x-content-type-options": "nosniff",
  });
  const names = (await whole.text()).trim().split("\n").map((line) => JSON.parse(line).subject.name);
  expect(names).toContain(markup("CreateUser.name"));

  const wrong = encodeURIComponent(markup("address: a cursor, an id, a filter"));
  for (const [path, type] of [
    [`/works/${a.id}`, "application/json"],
    [`/works/${a.id}/chapters/${chapter.id}`, "application/json"],
    [`/works/${a.id}/prompt`, "application/json"],
    [`/translations/${run}/segments`, "application/json"],
    [`/works?limit=${wrong}`, "application/problem+json"],
    [`/works/${wrong}`, "application/problem+json"],
    [`/works?${wrong}=1`, "application/problem+json"],
    [`/${wrong}`, "application/problem+json"],
  ]) {
    const { "content-type": is, "x-content-type-options": guessing } = (await api.get(`${server.url}/api/v1${path}`)).headers();
    expect([is, guessing], path).toEqual([type, "nosniff"]);
  }

  // An event is one line of JSON, whatever lines are in its text.
  const { items } = await ask(api, server, "GET", `/works/${a.id}/chapters/${made.fresh.id}/translations`);
  const events = await api.get(`${server.url}/api/v1/translations/${items[0].id}/events`);
  expect(events.headers()).toMatchObject({ "content-type": "text/event-stream", "x-content-type-options": "nosniff" });
  const lines = (await events.text()).split("\n");
  expect(lines.filter((line) => line.startsWith("event:")).map((line) => line.slice(6).trim())).not.toContain("translation-error");
  const data = lines.filter((line) => line.startsWith("data:")).map((line) => JSON.parse(line.slice(5)));
  expect(data.find((event) => event.text)?.text).toContain("\n\nevent: translation-error\ndata: {}");
}
