import type { APIRequestContext, Locator, Page, Request, Route } from "@playwright/test";
import { expect, expectAccessible, test } from "../support/app";
import { Dialogs } from "../support/dialogs";
import { ask } from "../support/filled";
import type { Server } from "../support/server";

// Files are looked over in a dialog before anything is stored: their chapters, what is wrong with them, and the options.

type Named = { name: string; mimeType: string; buffer: Buffer };

const textFile = (name: string, text: string): Named => ({ name, mimeType: "text/plain", buffer: Buffer.from(text) });

const names = [..."あいうえおかきくけこさしすせそたちつてとなにぬねの"];

/** A novel of two volumes and four chapters, another one at each call. */
function volumes(title = `${names.shift()}の川の記録`): string {
  const words = "夜の川は静かで、舟だけが音もなく進んでいった。".repeat(8);
  return [
    `${title}\n試験太郎\n`,
    `第一巻　舟\n\n第1話　出発\n\n${words}\n\n第2話　霧\n\n｜夜渡り《ナイトウォーカー》は${words}\n`,
    `第二巻　港\n\n第3話　灯台\n\n${words}\n\n第4話　帰り道\n\n${words}\n`,
  ].join("\n");
}

const dialogOf = (page: Page): Locator => page.getByRole("dialog", { name: /^Import/ });
const chaptersIn = (dialog: Locator): Locator => dialog.getByRole("region", { name: "Chapters" });
const rowsIn = (dialog: Locator): Locator => chaptersIn(dialog).getByRole("listitem");
const importButton = (dialog: Locator): Locator => dialog.getByRole("button", { name: "Import", exact: true });
const uploads = (page: Page): Locator => page.locator(".uploads > li");

async function choose(page: Page, server: Server, ...files: Named[]): Promise<Locator> {
  await page.goto(server.url);
  await expect(page.getByText("Import a novel")).toBeVisible();
  await page.locator("input[type=file]").setInputFiles(files);
  const dialog = dialogOf(page);
  await expect(dialog).toBeVisible();
  return dialog;
}

const countWorks = async (api: APIRequestContext, server: Server, query: string): Promise<number> =>
  (await ask(api, server, "GET", `/works?query=${encodeURIComponent(query)}`)).items.length;

/** Whether a dry run sends the file, not the id of one that the server keeps. */
const sendsFile = (request: Request): boolean => !(request.postData() ?? "").includes('name="upload_id"');

test("a dropped file is shown with its volumes and chapters before anything is stored", async ({ signedIn: page, api, server }) => {
  await page.goto(server.url);
  await expect(page.getByText("Import a novel")).toBeVisible();
  const title = "舟の本";
  const data = await page.evaluateHandle(([name, text]) => {
    const transfer = new DataTransfer();
    transfer.items.add(new File([text], name, { type: "text/plain" }));
    return transfer;
  }, ["fune.txt", volumes(title)]);
  const zone = page.getByRole("region", { name: "Import", exact: true });
  await zone.dispatchEvent("dragover", { dataTransfer: data });
  await expect(zone).toHaveClass(/drop-over/);
  await zone.dispatchEvent("drop", { dataTransfer: data });

  const dialog = dialogOf(page);
  await expect(dialog.locator(".import-file")).toBeFocused();
  await expect(dialog.locator(".import-file")).toContainText("fune.txt");
  await expect(dialog.getByRole("status").first()).toContainText("4 chapters in 2 volumes");
  await expect(chaptersIn(dialog).getByRole("heading", { level: 3 })).toHaveText(["第一巻　舟", "第二巻　港"]);
  await expect(rowsIn(dialog)).toHaveCount(4);
  await expect(rowsIn(dialog).nth(2)).toContainText(/3.*第3話　灯台.*characters.*夜の川は静かで/);
  await expect(dialog.getByLabel("Title")).toHaveValue(title);
  await expect(dialog.getByLabel("Author")).toHaveValue("試験太郎");
  await expect(dialog.getByLabel("Source language")).toHaveValue("ja");
  await expect(dialog.getByLabel("Target language")).toHaveValue("en");
  expect(await countWorks(api, server, title)).toBe(0);

  await dialog.getByLabel("Title").fill("舟の記録、改訂");
  await dialog.getByLabel("Author").fill("");
  await importButton(dialog).click();
  await expect(dialog).toBeHidden();
  await expect(uploads(page).first()).toContainText("with 4 chapters.");
  await uploads(page).getByRole("link", { name: "舟の記録、改訂" }).click();
  await expect(page.getByRole("heading", { level: 1, name: "舟の記録、改訂" })).toBeVisible();
  await expect(page.getByText("試験太郎")).toHaveCount(0);
  await expect(page.locator(".desk-main").getByRole("heading", { level: 3 })).toHaveText(["第一巻　舟", "第二巻　港"]);
  await expect(page.locator(".chapter-row")).toHaveCount(4);
  await expectAccessible(page);
});

test("an option updates the preview, and its error stands beside it", async ({ signedIn: page, server }) => {
  const dialog = await choose(page, server, textFile("options.txt", volumes()));
  await expect(rowsIn(dialog)).toHaveCount(4);
  await expect(rowsIn(dialog).nth(1)).toContainText("夜渡りは");
  await dialog.getByLabel("Readings (ruby)").selectOption("keep");
  await expect(rowsIn(dialog).nth(1)).toContainText("夜渡り（ナイトウォーカー）は");
  await dialog.getByLabel("Where chapters begin").selectOption("none");
  await expect(rowsIn(dialog)).toHaveCount(1);

  await dialog.getByLabel("Where chapters begin").selectOption("pattern");
  await expect(dialog.getByText("Enter a pattern.")).toBeVisible();
  await expect(rowsIn(dialog)).toHaveCount(1);
  await expect(importButton(dialog)).toBeDisabled();
  const pattern = dialog.getByLabel("Pattern");
  await pattern.fill("^第(1|3");
  await expect(pattern).toHaveAttribute("aria-invalid", "true");
  await expect(pattern).toHaveAccessibleDescription(/unclosed group/);
  await expect(dialog.locator(".failure")).toHaveCount(0);
  await expect(rowsIn(dialog)).toHaveCount(1);
  await pattern.fill("^第[13]話");
  await expect(pattern).not.toHaveAttribute("aria-invalid");
  const titles = chaptersIn(dialog).locator(".chapter-title");
  await expect(titles.filter({ hasText: "第3話" })).toHaveCount(1);
  await expect(titles.filter({ hasText: "第2話" })).toHaveCount(0);
  await expectAccessible(page);

  const count = await rowsIn(dialog).count();
  await importButton(dialog).click();
  await expect(dialog).toBeHidden();
  await expect(uploads(page).first()).toContainText(`with ${count} chapters.`);
});

test("an encoding can be chosen, and what was damaged says where", async ({ signedIn: page, server }) => {
  // Shift_JIS: 夜の川 in each line.
  const line = Buffer.from([0x96, 0xe9, 0x82, 0xcc, 0x90, 0xec, 0x81, 0x42, 0x0a]);
  const dialog = await choose(page, server, { name: "sjis.txt", mimeType: "text/plain", buffer: Buffer.concat(Array(200).fill(line)) });
  await expect(dialog.getByLabel("Encoding").locator("option:checked")).toHaveText("Automatic (Shift_JIS)");
  await expect(rowsIn(dialog).first()).toContainText("夜の川");
  await dialog.getByLabel("Encoding").selectOption("gb18030");
  await expect(rowsIn(dialog).first()).not.toContainText("夜の川");
  await dialog.getByLabel("Encoding").selectOption("UTF-8");
  await expect(dialog.locator(".failure")).toBeVisible();
  await expect(importButton(dialog)).toBeDisabled();
  await dialog.getByLabel("Encoding").selectOption("");
  await expect(dialog.locator(".failure")).toHaveCount(0);
  await expect(rowsIn(dialog).first()).toContainText("夜の川");
});

test("while the preview is updated the old one stays, and a late reply does not replace a newer one", async ({ signedIn: page, server }) => {
  const dialog = await choose(page, server, textFile("late.txt", volumes()));
  await expect(rowsIn(dialog)).toHaveCount(4);
  let release = () => {};
  const held = new Promise<void>((resolve) => (release = resolve));
  let requests = 0;
  await page.route("**/works/import?dry_run=true", async (route) => {
    requests += 1;
    if (requests === 1) await held;
    await route.continue();
  });
  await dialog.getByLabel("Where chapters begin").selectOption("none");
  await expect(dialog.getByText("Updating the preview…")).toBeVisible();
  await expect(dialog.getByRole("region", { name: "Preview" })).toHaveAttribute("aria-busy", "true");
  await expect(rowsIn(dialog)).toHaveCount(4);
  await expect(importButton(dialog)).toBeDisabled();
  await dialog.getByLabel("Where chapters begin").selectOption("headings");
  release();
  await expect(dialog.getByText("Updating the preview…")).toBeHidden();
  await expect(rowsIn(dialog)).toHaveCount(4);
  expect(requests).toBe(2);
  await expect(importButton(dialog)).toBeEnabled();
});

test("a file that the server no longer keeps is sent again without a word", async ({ signedIn: page, server }) => {
  const dialog = await choose(page, server, textFile("gone.txt", volumes()));
  await expect(rowsIn(dialog)).toHaveCount(4);
  const sent: string[] = [];
  const gone = async (route: Route) => {
    const kind = sendsFile(route.request()) ? "file" : "id";
    sent.push(kind);
    if (kind === "file") return route.continue();
    const problem = { type: "/problems/upload_gone", title: "Upload no longer kept", status: 404, code: "upload_gone", detail: "Send it again." };
    return route.fulfill({ status: 404, contentType: "application/problem+json", body: JSON.stringify(problem) });
  };
  await page.route("**/works/import**", gone);
  await dialog.getByLabel("Where chapters begin").selectOption("none");
  await expect(rowsIn(dialog)).toHaveCount(1);
  expect(sent).toEqual(["id", "file"]);
  await importButton(dialog).click();
  await expect(dialog).toBeHidden();
  expect(sent).toEqual(["id", "file", "id", "file"]);
  await expect(uploads(page).first()).toContainText("with 1 chapter.");
});

test("a file that was imported before is asked about, with a link to the work", async ({ signedIn: page, api, server }) => {
  const text = volumes();
  const file = textFile("again.txt", text);
  const first = await api.post(`${server.url}/api/v1/works/import`, { multipart: { file } });
  expect(first.status()).toBe(201);
  const { work } = await first.json();
  const dialog = await choose(page, server, file);
  await expect(dialog.getByText("Already imported")).toBeVisible();
  await importButton(dialog).click();
  const question = dialog.getByRole("alertdialog");
  await expect(question.getByRole("button", { name: "Do not import yet" })).toBeFocused();
  await expect(question.getByRole("link", { name: "Open that work in another tab" })).toHaveAttribute("href", `/works/${work.id}`);
  await expectAccessible(page);

  await page.keyboard.press("Escape");
  await expect(question).toHaveCount(0);
  await expect(dialog).toBeVisible();
  await expect(importButton(dialog)).toBeFocused();
  expect(await countWorks(api, server, work.title)).toBe(1);
  await importButton(dialog).click();
  await question.getByRole("button", { name: "Import anyway" }).click();
  await expect(dialog).toBeHidden();
  expect(await countWorks(api, server, work.title)).toBe(2);
});

test("a target language that is the source language is asked about, whoever typed it", async ({ signedIn: page, server }) => {
  const dialog = await choose(page, server, textFile("same.txt", volumes()));
  await expect(importButton(dialog)).toBeEnabled();
  await dialog.getByLabel("Target language").fill("ja");
  await expect(dialog.getByText("Same language")).toBeVisible();
  await importButton(dialog).click();
  await dialog.getByRole("button", { name: "Do not import yet" }).click();
  await dialog.getByLabel("Target language").fill("d");
  await expect(dialog.getByText("Enter a language tag.")).toBeVisible();
  await dialog.getByLabel("Target language").fill("de");
  await expect(dialog.getByText("Same language")).toHaveCount(0);
  await importButton(dialog).click();
  await expect(dialog).toBeHidden();
});

test("several files are reviewed one by one, skipped, or imported together", async ({ signedIn: page, server }) => {
  const good = ["a.txt", "b.txt", "c.txt", "d.txt"].map((name) => textFile(name, volumes()));
  const broken = { name: "broken.epub", mimeType: "application/epub+zip", buffer: Buffer.from("no archive") };
  const dialog = await choose(page, server, ...good.slice(0, 2), broken, ...good.slice(2));
  await expect(dialog).toHaveAccessibleName("Import 5 files");
  const place = dialog.locator(".import-file");
  await expect(place).toContainText("1 of 5 · a.txt");
  await expect(dialog.getByRole("button", { name: "Back" })).toBeDisabled();
  await dialog.getByLabel("Title").fill("A, by hand");
  await dialog.getByRole("button", { name: "Next" }).click();
  await expect(place).toContainText("2 of 5 · b.txt");
  await expect(place).toBeFocused();
  await dialog.getByRole("button", { name: "Skip this file" }).click();
  await expect(place).toContainText("2 of 4 · broken.epub");
  await expect(dialog.locator(".failure")).toBeVisible();
  await expect(importButton(dialog)).toBeDisabled();
  await dialog.getByRole("button", { name: "Back" }).click();
  await expect(dialog.getByLabel("Title")).toHaveValue("A, by hand");
  await importButton(dialog).click();
  await expect(place).toContainText("broken.epub");

  await dialog.getByRole("button", { name: "Import 2 files together" }).click();
  // What cannot be imported stays, with its reason.
  await expect(dialog).toHaveAccessibleName("Import a file");
  await expect(place).toHaveText(/^broken\.epub/);
  await expect(dialog.locator(".failure")).toBeVisible();
  await expectAccessible(page);
  await page.keyboard.press("Escape");
  await expect(dialog).toBeHidden();
  await expect(uploads(page)).toHaveText([/A, by hand.*4 chapters/, /b\.txt.*Skipped/, /broken\.epub.*problem/, /c\.txt.*4 chapters/, /d\.txt.*4 chapters/]);

  await page.getByRole("button", { name: "Look at it b.txt" }).click();
  await expect(rowsIn(dialog)).toHaveCount(4);
  await importButton(dialog).click();
  await expect(place).toContainText("broken.epub");
});

test("files with a question are asked about before any is imported together", async ({ signedIn: page, api, server }) => {
  const known = textFile("known.txt", volumes());
  expect((await api.post(`${server.url}/api/v1/works/import`, { multipart: { file: known } })).status()).toBe(201);
  const dialog = await choose(page, server, known, textFile("fresh.txt", volumes()));
  await dialog.getByRole("button", { name: "Import 2 files together" }).click();
  const question = dialog.getByRole("alertdialog");
  await expect(question.getByRole("listitem")).toHaveCount(1);
  await expect(question).toContainText("known.txt");
  await question.getByRole("button", { name: "Import only the other file" }).click();
  await expect(dialog).toHaveAccessibleName("Import a file");
  await expect(dialog.locator(".import-file")).toContainText("known.txt");
});

test("closing keeps what was typed, leaving the page asks, and a phone shows all of it", async ({ signedIn: page, server }) => {
  await page.setViewportSize({ width: 390, height: 800 });
  const dialog = await choose(page, server, textFile("kept.txt", volumes()));
  await expect(rowsIn(dialog)).toHaveCount(4);
  await expectAccessible(page);
  const overflow = await dialog.evaluate((element) => element.scrollWidth - element.clientWidth);
  expect(overflow).toBeLessThanOrEqual(0);
  await dialog.getByLabel("Title").fill("");
  await importButton(dialog).click();
  await expect(dialog.getByLabel("Title")).toBeFocused();
  await expect(dialog.getByLabel("Title")).toHaveAccessibleDescription(/Must not be empty/);
  await dialog.getByLabel("Title").fill("Kept");
  await page.keyboard.press("Escape");
  await expect(dialog).toBeHidden();
  await expectAccessible(page);

  const dialogs = new Dialogs(page, "dismiss");
  await page.getByRole("button", { name: "Account of" }).click();
  await page.getByRole("link", { name: "Audit log" }).click();
  await dialogs.expectOpened("confirm");
  await expect(page).toHaveURL(`${server.url}/`);
  await page.getByRole("button", { name: "Look at it kept.txt" }).click();
  await expect(dialog.getByLabel("Title")).toHaveValue("Kept");
  await dialog.getByRole("button", { name: "Skip this file" }).click();
  await expect(dialog).toBeHidden();
  await expect(uploads(page).first()).toContainText("Nothing was stored.");
  await page.getByRole("button", { name: "Account of" }).click();
  await page.getByRole("link", { name: "Audit log" }).click();
  await expect(page).toHaveURL(/\/audit/);
});

test("an upload can be given up while it is sent", async ({ signedIn: page, server }) => {
  let release = () => {};
  const held = new Promise<void>((resolve) => (release = resolve));
  await page.route("**/works/import?dry_run=true", async (route) => {
    await held;
    await route.abort().catch(() => null);
  });
  const dialog = await choose(page, server, textFile("slow.txt", volumes()));
  await expect(dialog.getByText(/^(Sending the file|Reading the chapters)…$/)).toBeVisible();
  await dialog.getByRole("button", { name: "Skip this file" }).click();
  await expect(dialog).toBeHidden();
  release();
  await expect(uploads(page).first()).toContainText("Skipped. Nothing was stored.");
  await page.unroute("**/works/import?dry_run=true");
  await page.getByRole("button", { name: "Look at it slow.txt" }).click();
  await expect(rowsIn(dialog)).toHaveCount(4);
});

test("a connection that breaks keeps what was typed, and another try goes on", async ({ signedIn: page, server }) => {
  const dialog = await choose(page, server, textFile("broken.txt", volumes()));
  await expect(rowsIn(dialog)).toHaveCount(4);
  await dialog.getByLabel("Title").fill("Typed");
  await page.route("**/works/import", (route) => route.abort());
  await importButton(dialog).click();
  await expect(dialog.locator(".failure")).toContainText("No answer from the server");
  await expect(dialog.getByLabel("Title")).toHaveValue("Typed");
  await page.unroute("**/works/import");
  await importButton(dialog).click();
  await expect(dialog).toBeHidden();
  await expect(uploads(page).getByRole("link", { name: "Typed" })).toBeVisible();
});

test("ten thousand chapters come in pages of a hundred", async ({ signedIn: page, server }) => {
  test.setTimeout(120_000);
  const text = Array.from({ length: 10_000 }, (_, index) => `第${index + 1}章\n\n夜の川は静かだった。舟は進む。\n`).join("\n");
  const dialog = await choose(page, server, textFile("long.txt", text));
  await expect(dialog.getByRole("status").first()).toContainText("10,000 chapters", { timeout: 60_000 });
  await expect(rowsIn(dialog)).toHaveCount(100);
  await dialog.getByRole("button", { name: "Later" }).click();
  await expect(rowsIn(dialog).first()).toContainText("第101章");
  await expect(rowsIn(dialog)).toHaveCount(100);
  await dialog.getByLabel("Chapters shown").selectOption({ label: "9,901–10,000" });
  await expect(rowsIn(dialog).last()).toContainText("第10000章");
  await expect(rowsIn(dialog)).toHaveCount(100);
  await expect(dialog.getByRole("button", { name: "Later" })).toBeDisabled();
});

test("a chapter's volume is edited where its title is, and the list follows", async ({ signedIn: page, api, server }) => {
  const work = await ask(api, server, "POST", "/works", { title: "巻のある本", author: "", source_language: "ja", target_language: "en" });
  for (const title of ["一", "二", "三"]) await ask(api, server, "POST", `/works/${work.id}/chapters`, { title, source_text: "夜。" });
  const { items } = await ask(api, server, "GET", `/works/${work.id}/chapters`);
  await page.goto(`${server.url}/works/${work.id}/chapters/${items[1].id}`);
  await page.getByRole("button", { name: "Edit details" }).click();
  const dialog = page.getByRole("dialog");
  await expect(dialog.getByLabel("Title")).toBeFocused();
  await expectAccessible(page);
  await dialog.getByLabel("Title").fill("二　改");
  await dialog.getByLabel("Volume").fill("上巻");
  await dialog.getByRole("button", { name: "Save" }).click();
  await expect(dialog).toBeHidden();
  await expect(page.getByRole("heading", { level: 1, name: "二　改" })).toBeVisible();
  await expect(page.locator(".chapter-volume")).toHaveText("上巻");
  await page.goto(`${server.url}/works/${work.id}`);
  await expect(page.locator(".desk-main").getByRole("heading", { level: 3 })).toHaveText(["上巻", "In no volume"]);

  await page.goto(`${server.url}/works/${work.id}/chapters/${items[1].id}`);
  await page.getByRole("button", { name: "Edit details" }).click();
  await dialog.getByLabel("Number").fill("1");
  await dialog.getByRole("button", { name: "Save" }).click();
  await expect(dialog.locator(".failure")).toContainText("Chapter number taken");
  await dialog.getByLabel("Number").fill("2");
  await dialog.getByLabel("Volume").fill("");
  await dialog.getByRole("button", { name: "Save" }).click();
  await expect(page.locator(".chapter-volume")).toHaveCount(0);
});
