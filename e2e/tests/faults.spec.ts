import type { Page, Response } from "@playwright/test";
import { chapterIds, expect, makeWork, operator, test, translate } from "../support/app";
import { listRuns, makeTranslated, openEdit, retranslate, runCards, saveEdit, startRun } from "../support/chapter";
import { Dialogs, blur } from "../support/dialogs";
import { ask } from "../support/filled";
import type { Server } from "../support/server";

/** A promise and the function that resolves it. */
function deferred(): { promise: Promise<void>; resolve: () => void } {
  let resolve = () => {};
  const promise = new Promise<void>((done) => (resolve = done));
  return { promise, resolve };
}

/** Counts how often the page has loaded the list of a work's chapters. */
function countChapterLoads(page: Page, server: Server, work: number): () => number {
  let count = 0;
  page.on("requestfinished", (request) => {
    if (request.url().startsWith(`${server.url}/api/v1/works/${work}/chapters?`)) count += 1;
  });
  return () => count;
}

/** Waits until the page has drawn what it received so far. */
const draw = (page: Page) => page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));

test("after a merge of the prompt each variable's field changes that variable only", async ({ signedIn: page, api, server }) => {
  const work = await makeWork(api, server);
  const content = (variables: Record<string, string>) => ({ model: "novel", template: "{a} {b}\n{source_text}", parameters: { variables } });
  await ask(api, server, "POST", `/works/${work}/prompt`, { name: "House style", ...content({ a: "first", b: "second" }) });

  await page.goto(`${server.url}/works/${work}`);
  await page.getByRole("button", { name: "Edit Prompt" }).click();
  const editor = page.getByRole("dialog");
  const rows = editor.locator(".variable-row");
  const readRows = () =>
    rows.evaluateAll((all) => Object.fromEntries(all.map((row) => [row.querySelector("input")?.value, row.querySelector("textarea")?.value])));
  /** Types the value of the variable whose name the page shows. */
  const typeValue = async (name: string, value: string) => {
    const index = Object.keys(await readRows()).indexOf(name);
    await rows.nth(index).getByRole("textbox", { name: "Value" }).fill(value);
  };
  await expect.poll(readRows).toEqual({ a: "first", b: "second" });
  await typeValue("b", "mine");
  // In the order of names the new variable takes the place that `b` had.
  await ask(api, server, "POST", `/works/${work}/prompt/versions`, { ...content({ a: "first", aa: "theirs", b: "second" }), base_version: 1 });
  await page.keyboard.press("Control+Enter");
  await expect(editor.getByText("Version 2 was saved while you were editing version 1.")).toBeVisible();
  await editor.getByRole("button", { name: "Merge both" }).click();
  await editor.getByRole("tab", { name: "Parameters" }).click();
  await expect.poll(readRows).toEqual({ a: "first", aa: "theirs", b: "mine" });

  await typeValue("b", "typed after the merge");
  await expect.poll(readRows).toEqual({ a: "first", aa: "theirs", b: "typed after the merge" });
  await editor.getByRole("button", { name: "Save version 3" }).click();
  await expect(editor).toBeHidden();
  const { latest_version: latest } = await ask(api, server, "GET", `/works/${work}/prompt`);
  expect(latest.number).toBe(3);
  expect(latest.parameters.variables).toEqual({ a: "first", aa: "theirs", b: "typed after the merge" });
});

test("an open edit stays when the page learns of a newer run by saving another segment", async ({ signedIn: page, api, server, fake }) => {
  const { work, chapter, url } = await makeTranslated(api, server, fake);
  await page.goto(url);
  const field = await openEdit(page, 1, "Not saved.");
  await openEdit(page, 2, "Saved.");
  const newer = await translate(api, server, work, chapter);
  await saveEdit(page, 2);

  await expect(page.getByText("A newer translation is available.")).toBeVisible();
  await expect(field).toHaveValue("Not saved.");
  await expect(page.locator("#segment-2 .pair-target > .novel")).toHaveText("Saved.");

  const dialogs = new Dialogs(page, "accept");
  await page.getByText("Show it", { exact: true }).click();
  await dialogs.expectOpened("confirm");
  await expect(field).toHaveCount(0);
  await expect(page.getByText("A newer translation is available.")).toHaveCount(0);
  const cards = runCards(page);
  await expect(cards).toHaveCount(2);
  await expect(cards.first()).toHaveAttribute("aria-current", "true");
  const { text } = await ask(api, server, "GET", `/translations/${newer}/segments/2`);
  await expect(page.locator("#segment-2 .pair-target > .novel")).toHaveText(text.trim());
});

test("an open edit stays when another page starts a run and a retranslation here ends", async ({ signedIn: page, context, api, server, fake }) => {
  const { work, chapter, url } = await makeTranslated(api, server, fake);
  await page.goto(url);
  const field = await openEdit(page, 1, "Not saved.");

  const other = await context.newPage();
  await other.goto(url);
  await other.getByRole("button", { name: "Translate again", exact: true }).click();
  await expect(runCards(other)).toHaveCount(2);
  await expect.poll(async () => (await listRuns(api, server, work, chapter)).map((run) => run.status)).toEqual(["completed", "completed"]);
  await other.close();

  await retranslate(page, 2);
  await expect(page.getByText("Segment 2 has its new text.")).toBeVisible();
  await expect(page.getByText("A newer translation is available.")).toBeVisible();
  await expect(field).toHaveValue("Not saved.");

  const dialogs = new Dialogs(page, "dismiss");
  await page.getByText("Show it", { exact: true }).click();
  await dialogs.expectOpened("confirm");
  await expect(field).toHaveValue("Not saved.");
  await expect(page.getByText("A newer translation is available.")).toBeVisible();
});

test("the keys for other chapters ask before an unsaved edit is lost", async ({ signedIn: page, api, server, fake }) => {
  const { url } = await makeTranslated(api, server, fake, 2);
  const dialogs = new Dialogs(page, "dismiss");
  await page.goto(url);
  const field = await openEdit(page, 1, "Not saved.");
  // In the field they move the cursor or are text.
  await page.keyboard.press("ArrowLeft");
  await page.keyboard.press("j");
  await dialogs.expectOpened();
  await expect(field).toHaveValue(/j/);
  await field.fill("Not saved.");
  for (const key of ["ArrowRight", "ArrowLeft", "j", "k"]) {
    await test.step(key, async () => {
      await blur(page);
      await page.keyboard.press(key);
      await dialogs.expectOpened("confirm");
      await expect(page).toHaveURL(url);
      await expect(field).toHaveValue("Not saved.");
    });
  }
});

test("an event after the end of the session leaves the page and what is typed in place", async ({ signedIn: page, context, api, server, fake, playwright }) => {
  await fake.pace(0, 64);
  const work = await makeWork(api, server, "novel");
  const [chapter] = await chapterIds(api, server, work);
  const someone = await playwright.request.newContext();
  expect((await someone.post(`${server.url}/api/v1/session`, { data: operator })).status()).toBe(201);

  const url = `${server.url}/works/${work}`;
  const loads = countChapterLoads(page, server, work);
  await page.goto(url);
  // Once the event stream is open, the page loads the list a second time. What follows comes by events.
  await expect.poll(loads).toBeGreaterThanOrEqual(2);
  await page.getByRole("button", { name: "Edit Prompt" }).click();
  const template = page.getByRole("dialog").getByRole("textbox", { name: "Template" });
  await template.fill("Not saved:\n{source_text}");
  await context.clearCookies();

  const isRefused = (response: Response) => response.url().includes(`/works/${work}`) && response.status() === 401;
  const refused = page.waitForResponse(isRefused, { timeout: 15_000 });
  await startRun(someone, server, work, chapter);
  await refused;
  await expect(page.getByText("Your session has ended.").first()).toBeVisible();
  await expect(page).toHaveURL(url);
  await expect(template).toHaveValue("Not saved:\n{source_text}");
  await someone.dispose();
});

test("the card of a run never shows the progress of another run", async ({ signedIn: page, api, server, fake }) => {
  test.setTimeout(120_000);
  const { work, chapter, run, url } = await makeTranslated(api, server, fake);
  const path = `/works/${work}/chapters/${chapter}`;
  const { source_text: source } = await ask(api, server, "GET", path);
  const paragraph = "たしかにあれがみんな星だと、いつか雑誌で読んだのでした。".repeat(12);
  await ask(api, server, "PATCH", path, { source_text: `${source}\n${Array(4).fill(paragraph).join("\n")}\n` });

  await fake.pace(50, 8);
  const active = await startRun(api, server, work, chapter);
  const total = async (id: number): Promise<number> => (await ask(api, server, "GET", `/translations/${id}`)).progress.total;
  const [old, now] = [await total(run), await total(active)];
  expect(now).toBeGreaterThan(old);

  await page.goto(`${url}?run=${run}`);
  const facts = runCards(page).first().locator(".run-facts");
  await expect(facts).toContainText(`of ${now} segments`);
  await facts.evaluate((element) => {
    const seen = [element.textContent];
    new MutationObserver(() => seen.push(element.textContent)).observe(element, { characterData: true, childList: true, subtree: true });
    Object.assign(window, { seen });
  });
  await retranslate(page, 1);
  await expect(page.getByText("Segment 1 has its new text.")).toBeVisible({ timeout: 20_000 });
  expect((await ask(api, server, "GET", `/translations/${active}`)).status, "the newer run is still under way").toBe("running");
  await fake.pace(0, 64);
  await expect(runCards(page).first().getByText("Complete", { exact: true })).toBeVisible({ timeout: 30_000 });

  const seen = await page.evaluate(() => (window as unknown as { seen: string[] }).seen);
  const pattern = new RegExp(`^(\\d+ of )?${now} segments( |$)`);
  expect(seen.filter((text) => !pattern.test(text))).toEqual([]);
});

test("the work's page opens its event stream again after the server refused it", async ({ signedIn: page, api, server, fake }) => {
  const work = await makeWork(api, server, "novel");
  const [chapter] = await chapterIds(api, server, work);
  let streams = 0;
  await page.route(`${server.url}/api/v1/works/${work}/events`, (route) => {
    streams += 1;
    return streams <= 2 ? route.fulfill({ status: 503 }) : route.continue();
  });
  const loads = countChapterLoads(page, server, work);
  await page.goto(`${server.url}/works/${work}`);
  const row = page.locator(".chapter-row").first();
  await expect(row).toContainText("Not translated");
  await expect.poll(() => streams, { timeout: 30_000 }).toBe(3);
  // Once the event stream is open, the page loads the list a second time. What follows comes by events.
  await expect.poll(loads).toBeGreaterThanOrEqual(2);

  await fake.pace(50, 4);
  await startRun(api, server, work, chapter);
  await expect(row).toContainText("Translating");
  await fake.pace(0, 64);
  await expect(row).toContainText("Translated", { timeout: 30_000 });
  expect(streams).toBe(3);
});

test("a start has a key of its own once the page knows the run of the start before", async ({ signedIn: page, api, server, fake }) => {
  const { work, chapter, url } = await makeTranslated(api, server, fake);
  const keys: (string | undefined)[] = [];
  // The server does what the first request asks for, and its answer is lost.
  await page.route(`${server.url}/api/v1/works/${work}/chapters/${chapter}/translations`, async (route) => {
    if (route.request().method() !== "POST") return route.fallback();
    keys.push(route.request().headers()["idempotency-key"]);
    if (keys.length > 1) return route.fallback();
    await route.fetch();
    await route.abort("connectionreset");
  });
  await page.goto(url);
  const start = page.getByRole("button", { name: "Translate again", exact: true });
  await start.click();
  await expect(page.getByRole("alert").first()).toBeVisible();
  await expect.poll(async () => (await listRuns(api, server, work, chapter)).map((run) => run.status)).toEqual(["completed", "completed"]);
  // A saved edit makes the page load the runs again: now it knows the second one.
  await openEdit(page, 1, "By hand.");
  await saveEdit(page, 1);
  await expect(runCards(page)).toHaveCount(2);

  await start.click();
  await expect.poll(async () => (await listRuns(api, server, work, chapter)).length).toBe(3);
  expect(keys).toHaveLength(2);
  expect(new Set(keys).size).toBe(2);
});

test("the first page of the chapters has no link to itself, whatever number the first chapter has", async ({ signedIn: page, api, server }) => {
  const { id } = await ask(api, server, "POST", "/works", { title: "Second volume", author: "", source_language: "en", target_language: "ja" });
  for (const number of [5, 6]) {
    await ask(api, server, "POST", `/works/${id}/chapters`, { number, title: `The chapter with number ${number}`, source_text: "Text." });
  }
  const rows = page.locator(".chapter-row");
  const toFirst = page.getByRole("link", { name: "First chapters" });
  await page.goto(`${server.url}/works/${id}`);
  await expect(rows).toHaveCount(2);
  await expect(toFirst).toHaveCount(0);

  const { next_cursor: cursor } = await ask(api, server, "GET", `/works/${id}/chapters?limit=1`);
  await page.goto(`${server.url}/works/${id}?cursor=${cursor}`);
  await expect(rows).toHaveCount(1);
  await toFirst.click();
  await expect(rows).toHaveCount(2);
  await expect(toFirst).toHaveCount(0);
});

test("a dialog that closes before the clipboard answers causes no error", async ({ signedIn: page, server }) => {
  await page.addInitScript(() => {
    const writeText = () => new Promise<void>((resolve, reject) => Object.assign(window, { allowCopy: resolve, refuseCopy: reject }));
    Object.defineProperty(navigator, "clipboard", { value: { writeText } });
  });
  await page.goto(`${server.url}/users`);
  for (const answer of ["allowCopy", "refuseCopy"] as const) {
    await page.getByRole("button", { name: "Invite somebody" }).click();
    const dialog = page.getByRole("dialog");
    await dialog.getByLabel("Name").fill(answer);
    await dialog.getByRole("button", { name: "Make the one-time link" }).click();
    await expect(dialog.getByLabel("One-time link")).toHaveValue(/#token=/);
    await dialog.getByRole("button", { name: "Copy", exact: true }).click();
    await dialog.getByRole("button", { name: "Done" }).click();
    await expect(dialog).toHaveCount(0);
    await page.evaluate((answer) => (window as unknown as Record<typeof answer, () => void>)[answer](), answer);
    await draw(page);
  }
  // The app still reacts, and the fixture `quiet` fails the test for an error on the console.
  await expect(page.getByText("This page has stopped working.")).toHaveCount(0);
  await page.getByRole("button", { name: "Invite somebody" }).click();
  await expect(page.getByRole("dialog")).toBeVisible();
});

test("a reply that is not of its type shows an error with the request's id, not an empty list", async ({ signedIn: page, api, server }) => {
  const work = await makeWork(api, server);
  const list = /\/api\/v1\/works(\?|$)/;
  await page.route(list, (route) => route.fulfill({ json: { items: 3 }, headers: { "x-request-id": "abc-123" } }));
  await page.goto(server.url);
  const alert = page.getByRole("main").getByRole("alert");
  await expect(alert).toContainText("abc-123");
  await expect(page.getByText("No works yet.")).toHaveCount(0);

  await page.unroute(list);
  await alert.getByRole("button", { name: "Try again" }).click();
  await expect(page.getByRole("main").locator(`a[href="/works/${work}"]`)).toBeVisible();
  await expect(alert).toHaveCount(0);
});

test("a connection that is lost while the prompt is saved keeps what is typed", async ({ signedIn: page, api, server }) => {
  const work = await makeWork(api, server, "novel");
  const versions = `/works/${work}/prompt/versions`;
  const keys: (string | undefined)[] = [];
  await page.route(`${server.url}/api/v1${versions}`, (route) => {
    if (route.request().method() !== "POST") return route.fallback();
    keys.push(route.request().headers()["idempotency-key"]);
    return keys.length === 1 ? route.abort("connectionreset") : route.fallback();
  });
  await page.goto(`${server.url}/works/${work}`);
  await page.getByRole("button", { name: "Edit Prompt" }).click();
  const editor = page.getByRole("dialog");
  const template = editor.getByRole("textbox", { name: "Template" });
  const text = "Typed, into {target_language}:\n{source_text}";
  await template.fill(text);
  const save = editor.getByRole("button", { name: "Save version 2" });
  await save.click();
  await expect(editor.getByRole("alert")).toContainText("No answer from the server");
  await expect(template).toHaveValue(text);
  expect((await ask(api, server, "GET", versions)).items).toHaveLength(1);

  await save.click();
  await expect(editor).toBeHidden();
  const { items } = await ask(api, server, "GET", versions);
  expect(items.map((version: { number: number }) => version.number)).toEqual([2, 1]);
  expect(keys).toHaveLength(2);
  expect(new Set(keys).size, "the same key, because the outcome was not known").toBe(1);
});

test("a reply that is older than a retranslation does not hide it", async ({ signedIn: page, api, server, fake }) => {
  test.setTimeout(90_000);
  const work = await makeWork(api, server, "novel");
  const [chapter] = await chapterIds(api, server, work);
  // Replies to requests for the run's segments are held back while `isHeld`, as the server gave them at that time.
  let isHeld = false;
  let held = 0;
  const release = deferred();
  await page.route(/\/api\/v1\/translations\/\d+\/segments\?/, async (route) => {
    if (!isHeld) return route.fallback();
    const response = await route.fetch();
    held += 1;
    await release.promise;
    await route.fulfill({ response });
  });

  // The page asks for the segments once more when a run that it follows has ended.
  await fake.pace(20, 8);
  await page.goto(`${server.url}/works/${work}/chapters/${chapter}`);
  await page.getByRole("button", { name: "Translate the chapter" }).click();
  const segment = page.locator("#segment-1");
  await expect(segment.locator(".pair-target")).toContainText("<novel>");
  isHeld = true;
  await fake.pace(0, 64);
  await expect(runCards(page).first().getByText("Complete", { exact: true })).toBeVisible({ timeout: 30_000 });
  await expect.poll(() => held).toBeGreaterThan(0);

  await fake.script({ model: "novel", text: "A text that is quite another one.", finish_reason: "stop", delay_ms: 500 });
  await retranslate(page, 1);
  const again = segment.getByRole("region", { name: "New text of segment 1" });
  await expect(again).toContainText("Being translated again");
  isHeld = false;
  const replied = page.waitForResponse(/\/api\/v1\/translations\/\d+\/segments\?/);
  release.resolve();
  await (await replied).finished();
  await draw(page);
  expect(await again.isVisible(), "the retranslation is still shown").toBe(true);
  await expect(page.getByText("keeps the text it had")).toHaveCount(0);

  await expect(segment.locator(".pair-target > .novel")).toHaveText("A text that is quite another one.", { timeout: 20_000 });
  await expect(again).toHaveCount(0);
});
