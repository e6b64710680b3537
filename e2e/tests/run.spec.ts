import { chapterIds, expect, expectAccessible, makeWork, test, translate } from "../support/app";

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

  // What the page shows is what is stored.
  const runs = await (await api.get(`${server.url}/api/v1/works/${work}/chapters/${chapter}/translations`)).json();
  const segments = await (await api.get(`${server.url}/api/v1/translations/${runs.items[0].id}/segments`)).json();
  for (const segment of segments.items.filter((s: { status: string }) => s.status === "completed")) {
    await expect(page.locator(`#segment-${segment.position} .pair-target`)).toContainText(segment.text.trim().split("\n")[0]);
  }
});

test("closing the tab does not stop a run", async ({ signedIn: page, api, server, fake, context }) => {
  const work = await makeWork(api, server, "novel");
  const [, chapter] = await chapterIds(api, server, work);
  await fake.pace(10, 4);
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
  await fake.pace(20, 4);
  await page.goto(`${server.url}/works/${work}/chapters/${chapter}`);
  await page.getByRole("button", { name: "Translate" }).first().click();
  await expect(page.locator("#segment-1 .pair-target")).toContainText("<novel>");
  await server.restart("SIGTERM");
  await fake.pace(0, 64);
  await expect(page.getByText("Complete", { exact: true })).toBeVisible({ timeout: 45_000 });
});

test("a run that a crash cut off says so and keeps its segments", async ({ signedIn: page, api, server, fake }) => {
  const work = await makeWork(api, server, "novel");
  const [chapter] = await chapterIds(api, server, work);
  await fake.pace(20, 4);
  await page.goto(`${server.url}/works/${work}/chapters/${chapter}`);
  await page.getByRole("button", { name: "Translate" }).first().click();
  await expect(page.locator("#segment-1 .pair-target")).toContainText("<novel>");
  await server.restart("SIGKILL");
  await fake.pace(0, 64);
  await expect(page.getByText("The server stopped while this was running.").first()).toBeVisible({ timeout: 45_000 });
});
