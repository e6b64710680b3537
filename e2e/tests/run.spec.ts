import { chapterIds, expect, expectAccessible, expectStored, makeWork, test, translate } from "../support/app";

test("a reload in mid-run shows where it is, and the run goes on", async ({ signedIn: page, api, server, fake }) => {
  const work = await makeWork(api, server, "novel");
  const [chapter] = await chapterIds(api, server, work);
  await fake.pace(20, 8);
  await page.goto(`${server.url}/works/${work}/chapters/${chapter}`);
  await page.getByRole("button", { name: "Translate" }).first().click();
  const first = page.locator("#segment-1 .pair-target");
  await expect(first).toContainText("<novel>");
  await page.reload();
  await expect(first).toContainText("<novel>");
  await fake.pace(0, 64);
  const cards = page.getByRole("region", { name: "Translations", exact: true }).locator("li.run");
  await expect(cards.first().getByText("Complete", { exact: true })).toBeVisible({ timeout: 30_000 });

  await expectStored(page, api, server, work, chapter);
});

test("closing the tab does not stop a run", async ({ signedIn: page, api, server, fake, context }) => {
  const work = await makeWork(api, server, "novel");
  const [, chapter] = await chapterIds(api, server, work);
  await fake.pace(100, 1);
  await page.goto(`${server.url}/works/${work}/chapters/${chapter}`);
  await page.getByRole("button", { name: "Translate" }).first().click();
  await expect(page.getByText("Translating", { exact: true }).first()).toBeVisible();
  await page.close();
  await fake.pace(0, 64);
  const other = await context.newPage();
  await other.goto(`${server.url}/works/${work}/chapters/${chapter}`);
  await expect(other.getByText("Complete", { exact: true })).toBeVisible({ timeout: 30_000 });
});

test("a provider's error is told where it happened, with what was kept", async ({ signedIn: page, api, server, fake }) => {
  await fake.pace(0, 64);
  const work = await makeWork(api, server, "cut");
  const [chapter] = await chapterIds(api, server, work);
  await page.goto(`${server.url}/works/${work}/chapters/${chapter}`);
  await page.getByRole("button", { name: "Translate" }).first().click();
  const card = page.getByRole("region", { name: "Translations", exact: true }).locator("li.run").first();
  await expect(card.getByText("Failed", { exact: true })).toBeVisible();
  await expect(card).toContainText("The answer was cut at the model's limit of tokens.");
  await expect(card).toContainText("No segment was translated.");
  await expectAccessible(page);
});

test("a model whose key is missing names the variable to set", async ({ signedIn: page, api, server }) => {
  const work = await makeWork(api, server, "locked");
  const [chapter] = await chapterIds(api, server, work);
  await translate(api, server, work, chapter);
  await page.goto(`${server.url}/works/${work}/chapters/${chapter}`);
  await expect(page.getByText("E2E_KEY_THAT_IS_NOT_SET").first()).toBeVisible();
});

test("a run can be cancelled and keeps what was finished", async ({ signedIn: page, api, server, fake }) => {
  const work = await makeWork(api, server, "novel");
  const [chapter] = await chapterIds(api, server, work);
  await fake.pace(50, 2);
  await page.goto(`${server.url}/works/${work}/chapters/${chapter}`);
  await page.getByRole("button", { name: "Translate" }).first().click();
  await page.getByRole("button", { name: "Cancel the translation" }).click();
  await expect(page.getByText("Cancelled", { exact: true }).first()).toBeVisible();
  await fake.pace(0, 64);
});

test("a run outlives a stop of the server and goes on where it was", async ({ signedIn: page, api, server, fake }) => {
  const work = await makeWork(api, server, "novel");
  const [chapter] = await chapterIds(api, server, work);
  await fake.pace(50, 4);
  await page.goto(`${server.url}/works/${work}/chapters/${chapter}`);
  await page.getByRole("button", { name: "Translate" }).first().click();
  await expect(page.locator("#segment-1 .pair-target")).toContainText("<novel>");
  await server.kill("SIGTERM");
  await server.restart();
  await fake.pace(0, 64);
  await expect(page.getByText("Complete", { exact: true })).toBeVisible({ timeout: 45_000 });
  await expectStored(page, api, server, work, chapter);
});

test("a run outlives a kill of the server, keeps its segments and completes", async ({ signedIn: page, api, server, fake }) => {
  const work = await makeWork(api, server, "novel");
  const [chapter] = await chapterIds(api, server, work);
  await fake.pace(20, 4);
  await page.goto(`${server.url}/works/${work}/chapters/${chapter}`);
  await page.getByRole("button", { name: "Translate" }).first().click();
  // One segment is done, the next one is being written.
  await expect(page.locator("#segment-2 .pair-target")).toContainText("<novel>", { timeout: 30_000 });
  const first = await page.locator("#segment-1 .pair-target .novel").innerText();
  await server.kill();
  await expect(page.getByText("reconnecting…")).toBeVisible();
  await fake.pace(0, 64);
  await server.restart();
  await expect(page.getByText("Complete", { exact: true })).toBeVisible({ timeout: 45_000 });
  expect(await page.locator("#segment-1 .pair-target .novel").innerText()).toBe(first);
  await expectStored(page, api, server, work, chapter);
});

test("a run that failed in the middle is resumed under its version, and only what is missing is sent", async ({ signedIn: page, api, server, fake }) => {
  await fake.pace(0, 64);
  const work = await makeWork(api, server, "picky");
  const [chapter] = await chapterIds(api, server, work);
  // The second segment's request is refused, as are all that follow until the script is over.
  await fake.script({ model: "picky", text: "The first.", finish_reason: "stop" });
  await fake.script({ model: "picky", status: 404, headers: { "content-type": "application/json" }, chunks: ["{}"] });
  await page.goto(`${server.url}/works/${work}/chapters/${chapter}`);
  await page.getByRole("button", { name: "Translate" }).first().click();
  const card = page.getByRole("region", { name: "Translations", exact: true }).locator("li.run").first();
  await expect(card.getByText("Failed", { exact: true })).toBeVisible();
  await expect(card).toContainText("are translated and kept.");
  await expect(page.locator("#segment-1 .pair-target")).toContainText("The first.");
  await expect(page.locator("#segment-2 .pair-target")).toContainText("The provider refused the request");
  await expectAccessible(page);

  // The prompt moves on: a resume stays, and a new run is offered beside it.
  const data = { model: "picky", template: "Anew, into {target_language}:\n{source_text}", base_version: 1 };
  expect((await api.post(`${server.url}/api/v1/works/${work}/prompt/versions`, { data })).status()).toBe(201);
  await page.reload();
  await expect(card).toContainText("A resume stays on version 1; a new run takes version 2.");
  await expect(card.getByRole("button", { name: "New run on v2" })).toBeVisible();
  const before = await fake.requests();
  await card.getByRole("button", { name: "Resume", exact: true }).click();
  await expect(card.getByText("Complete", { exact: true })).toBeVisible();
  await expect(page.getByRole("region", { name: "Translations", exact: true }).locator("li.run")).toHaveCount(1);
  await expect(page.locator("#segment-1 .pair-target")).toContainText("The first.");
  const sent = (await fake.requests()).slice(before.length).map((request) => JSON.stringify(request.body));
  expect(sent.length).toBeGreaterThan(0);
  expect(sent.filter((body) => body.includes("Anew"))).toEqual([]);
  await expectStored(page, api, server, work, chapter);
});

test("a fault that passes drops what it had written, and says that it tries again", async ({ signedIn: page, api, server, fake }) => {
  await fake.pace(20, 8);
  const work = await makeWork(api, server, "picky");
  const [chapter] = await chapterIds(api, server, work);
  // Written in part, cut off; then asked to wait before the next try.
  await fake.script({ model: "picky", text: "Never to be kept.", delay_ms: 150, end: "drop" });
  await fake.script({ model: "picky", status: 503, headers: { "content-type": "application/json", "retry-after": "2" }, chunks: ["{}"] });
  await page.goto(`${server.url}/works/${work}/chapters/${chapter}`);
  await page.getByRole("button", { name: "Translate" }).first().click();
  const first = page.locator("#segment-1 .pair-target");
  await expect(first).toContainText("Never");
  await expect(first).toContainText("It will try again.");
  await expect(first).not.toContainText("Never");
  await fake.pace(0, 64);
  await expect(page.getByText("Complete", { exact: true })).toBeVisible({ timeout: 30_000 });
  await expect(page.getByText("It will try again.")).toHaveCount(0);
  await expectStored(page, api, server, work, chapter);
});

test("a provider that wants money is paused; runs wait and say why, until it is resumed", async ({ signedIn: page, api, server, fake }) => {
  await fake.pace(0, 64);
  const work = await makeWork(api, server, "broke");
  const [chapter, other] = await chapterIds(api, server, work);
  const refusal = JSON.stringify({ error: { code: "insufficient_quota", message: "sk-secret" } });
  await fake.script({ model: "broke", status: 429, headers: { "content-type": "application/json" }, chunks: [refusal] });
  await translate(api, server, work, chapter);

  // A run of another chapter waits, and says for what.
  await page.goto(`${server.url}/works/${work}/chapters/${other}`);
  await page.getByRole("button", { name: "Translate" }).first().click();
  const card = page.getByRole("region", { name: "Translations", exact: true }).locator("li.run").first();
  await expect(card.getByText("Waiting for its provider")).toBeVisible();
  await expect(card).toContainText("The provider “purse” is paused");
  await expect(page.getByText("sk-secret")).toHaveCount(0);
  await expectAccessible(page);

  // So do the work's page and the list of models.
  await page.goto(`${server.url}/works/${work}`);
  await expect(page.getByText("The provider “purse” is paused")).toHaveCount(1);
  await page.getByRole("button", { name: "Edit Prompt" }).click();
  const editor = page.getByRole("dialog");
  await editor.getByRole("combobox", { name: "Model" }).fill("broke");
  await expect(editor.getByText("The provider is paused: runs wait.")).toBeVisible();
  await page.keyboard.press("Escape");
  await editor.getByRole("button", { name: "Cancel" }).click();

  // One click, and what waited goes on.
  await page.goto(`${server.url}/works/${work}/chapters/${other}`);
  await card.getByRole("button", { name: "Resume the provider" }).click();
  await expect(card.getByText("Complete", { exact: true })).toBeVisible();
  await expect(page.getByText("is paused")).toHaveCount(0);

  // The run that met it is resumed by hand.
  await page.goto(`${server.url}/works/${work}/chapters/${chapter}`);
  await expect(page.getByText("is paused")).toHaveCount(0);
  await card.getByRole("button", { name: "Resume", exact: true }).click();
  await expect(card.getByText("Complete", { exact: true })).toBeVisible();
  await expectStored(page, api, server, work, chapter);
});

test("a hidden tab has no stream, and is caught up when it is shown again", async ({ signedIn: page, api, server, fake }) => {
  const work = await makeWork(api, server, "novel");
  const [chapter] = await chapterIds(api, server, work);
  await page.addInitScript(() => {
    Object.defineProperty(document, "hidden", { get: () => sessionStorage.getItem("hidden") === "yes" });
    const Real = window.EventSource;
    const open: EventSource[] = [];
    Object.assign(window, { streams: () => open.filter((source) => source.readyState !== Real.CLOSED).length });
    window.EventSource = class extends Real {
      constructor(url: string | URL) {
        super(url);
        open.push(this);
      }
    };
  });
  const hide = (value: string) =>
    page.evaluate((value) => {
      sessionStorage.setItem("hidden", value);
      window.dispatchEvent(new Event("visibilitychange"));
    }, value);
  const streams = () => page.evaluate(() => (window as unknown as { streams: () => number }).streams());
  await fake.pace(50, 4);
  await page.goto(`${server.url}/works/${work}/chapters/${chapter}`);
  await page.getByRole("button", { name: "Translate" }).first().click();
  await expect(page.locator("#segment-1 .pair-target")).toContainText("<novel>");
  await expect.poll(streams).toBe(1);
  await hide("yes");
  await expect.poll(streams).toBe(0);
  await fake.pace(0, 64);
  await hide("no");
  await expect(page.getByText("Complete", { exact: true })).toBeVisible({ timeout: 30_000 });
  await expect.poll(streams).toBe(0);
  await expectStored(page, api, server, work, chapter);
});

test("a double click makes one run and one version, and a reply that is lost is asked for again", async ({ signedIn: page, api, server, fake }) => {
  const work = await makeWork(api, server, "novel");
  const [chapter] = await chapterIds(api, server, work);
  await fake.pace(0, 64);
  // What was asked for is done, and its answer never comes: the second click sends the same key.
  const runs = `${server.url}/api/v1/works/${work}/chapters/${chapter}/translations`;
  const keys: (string | undefined)[] = [];
  await page.route(runs, async (route) => {
    if (route.request().method() !== "POST") return route.fallback();
    keys.push(route.request().headers()["idempotency-key"]);
    if (keys.length > 1) return route.fallback();
    await route.fetch();
    await route.abort("connectionreset");
  });
  await page.goto(`${server.url}/works/${work}/chapters/${chapter}`);
  const start = page.getByRole("button", { name: "Translate" }).first();
  await start.click();
  await expect(page.getByRole("alert").first()).toBeVisible();
  await page.getByRole("button", { name: "Translate" }).first().dblclick();
  await expect(page.getByText("Complete", { exact: true }).first()).toBeVisible();
  expect((await (await api.get(runs)).json()).items).toHaveLength(1);
  expect(new Set(keys).size).toBe(1);

  await page.goto(`${server.url}/works/${work}`);
  await page.getByRole("button", { name: "Edit Prompt" }).click();
  const editor = page.getByRole("dialog");
  await editor.getByRole("textbox", { name: "Template" }).fill("Once into {target_language}:\n{source_text}");
  await editor.getByRole("button", { name: /^Save/ }).last().dblclick();
  await expect(editor).toBeHidden();
  const versions = await (await api.get(`${server.url}/api/v1/works/${work}/prompt/versions`)).json();
  expect(versions.items).toHaveLength(2);
});

test("a work's page follows its runs, and the row that has the focus keeps it", async ({ signedIn: page, api, server, fake }) => {
  const work = await makeWork(api, server, "novel");
  const [first] = await chapterIds(api, server, work);
  await fake.pace(50, 4);
  await page.goto(`${server.url}/works/${work}`);
  const row = page.locator(".chapter-row").first();
  await expect(row).toContainText("Not translated");
  await row.getByRole("link").first().focus();
  const started = await api.post(`${server.url}/api/v1/works/${work}/chapters/${first}/translations`);
  expect(started.status()).toBe(202);
  await expect(row).toContainText("Translating");
  await fake.pace(0, 64);
  await expect(row).toContainText("Translated");
  await expect(row.getByRole("link").first()).toBeFocused();
});
