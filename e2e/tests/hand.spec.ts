import type { APIRequestContext, Page } from "@playwright/test";
import { chapterIds, expect, expectAccessible, expectStored, makeWork, test, translate } from "../support/app";
import type { FakeProvider, Server } from "../support/server";

/** A chapter that is translated under version 1, with the page on it. */
async function translated(page: Page, api: APIRequestContext, server: Server, fake: FakeProvider) {
  await fake.pace(0, 64);
  const work = await makeWork(api, server, "novel");
  const [chapter] = await chapterIds(api, server, work);
  const run = await translate(api, server, work, chapter);
  const url = `${server.url}/works/${work}/chapters/${chapter}`;
  await page.goto(url);
  const card = page.getByRole("region", { name: "Translations", exact: true }).locator("li.run").first();
  return { work, chapter, run, url, card };
}

/** Another version of the prompt, with a place for instructions. */
async function addVersion(api: APIRequestContext, server: Server, work: number): Promise<void> {
  const data = { model: "novel", template: "Into {target_language}. {instruction}\n{source_text}", base_version: 1 };
  expect((await api.post(`${server.url}/api/v1/works/${work}/prompt/versions`, { data })).status()).toBe(201);
}

const at = (server: Server, run: number, position: number) => `${server.url}/api/v1/translations/${run}/segments/${position}`;

/** Gives a segment a person's text, as somebody else would at the same time. */
async function write(api: APIRequestContext, address: string, text: string): Promise<void> {
  const { attempt } = await (await api.get(address)).json();
  expect((await api.patch(address, { data: { text, base_attempt_id: attempt.id } })).status()).toBe(200);
}

test("a stale edit loses nothing typed, and never wins unasked", async ({ signedIn: page, api, server, fake }) => {
  const { work, chapter, run, card } = await translated(page, api, server, fake);
  const segment = page.locator("#segment-1");
  const edit = segment.getByRole("button", { name: "Edit segment 1" });
  await edit.click();
  const field = segment.getByRole("textbox", { name: "Text of segment 1" });
  await expect(field).toBeFocused();

  // Untouched, Escape closes; with something typed, it asks.
  await page.keyboard.press("Escape");
  await expect(field).toHaveCount(0);
  await expect(edit).toBeFocused();
  await page.keyboard.press("Enter");
  await field.fill("Mine.");
  await page.keyboard.press("Escape");
  await segment.getByRole("button", { name: "Keep editing" }).click();
  await expect(field).toBeFocused();
  await expect(field).toHaveValue("Mine.");

  await write(api, at(server, run, 1), "Theirs.");
  await page.keyboard.press("Control+Enter");
  await expect(segment.getByText("Somebody changed the text while you were editing it.")).toBeVisible();
  const conflict = segment.getByRole("region", { name: "The text now, and yours" });
  await expect(conflict.locator(".novel")).toHaveText("Theirs.");
  await expect(conflict.locator("ins")).toContainText("Mine.");
  await expect(field).toHaveValue("Mine.");
  await expectAccessible(page);
  expect((await (await api.get(at(server, run, 1))).json()).text).toBe("Theirs.");

  await conflict.getByRole("button", { name: "Keep mine" }).click();
  await expect(field).toBeFocused();
  await page.keyboard.press("Control+Enter");
  await expect(segment.locator(".pair-target > .novel")).toHaveText("Mine.");
  await expect(edit).toBeFocused();
  await expect(card).toContainText("1 by hand");

  // The other way out.
  await edit.click();
  await field.fill("Mine again.");
  await write(api, at(server, run, 1), "Theirs again.");
  await page.keyboard.press("Control+Enter");
  await segment.getByRole("button", { name: "Take theirs" }).click();
  await expect(field).toHaveValue("Theirs again.");
  await page.keyboard.press("Escape");
  await expectStored(page, api, server, work, chapter);
});

test("a segment is translated again under the latest version, and its text stays meanwhile", async ({ signedIn: page, api, server, fake }) => {
  const { work, chapter, run, url, card } = await translated(page, api, server, fake);
  await addVersion(api, server, work);
  await page.goto(url);
  const segment = page.locator("#segment-2");
  const shown = segment.locator(".pair-target > .novel");
  const old = (await shown.textContent()) ?? "";
  await segment.getByRole("button", { name: "Translate again… segment 2" }).click();
  const form = segment.getByRole("form", { name: "Translate again segment 2" });
  await form.getByRole("textbox", { name: "Instruction" }).fill("Quite shorter.");

  // The run's own version has no place for it: told at the field, and nothing is sent.
  await page.keyboard.press("Control+Enter");
  await expect(form.getByText("version 1 has no {instruction}")).toBeVisible();
  await expectAccessible(page);

  const before = (await fake.requests()).length;
  await fake.script({ model: "novel", text: "Something else altogether.", finish_reason: "stop", delay_ms: 250 });
  await form.getByRole("radio", { name: "v2, the latest" }).check();
  await form.getByRole("button", { name: "Translate again" }).click();
  const again = segment.getByRole("region", { name: "New text of segment 2" });
  await expect(again).toContainText("under v2");
  await expect(again.locator(".novel")).toContainText("Some");
  await expect(shown).toHaveText(old.trim());
  await expect(segment.getByRole("button", { name: "Edit segment 2" })).toHaveCount(0);
  await expect(again).toHaveCount(0, { timeout: 15_000 });
  await expect(shown).toHaveText("Something else altogether.");
  await expect(card).toContainText("1 segment v2");
  const sent = (await fake.requests()).slice(before).map((request) => JSON.stringify(request.body));
  expect(sent.filter((body) => body.includes("Quite shorter."))).toHaveLength(1);
  expect(sent).toHaveLength(1);

  // One that fails is told where it happened, and what was there stays.
  await fake.script({ model: "novel", text: "Cut off", finish_reason: "length" });
  await segment.getByRole("button", { name: "Translate again… segment 2" }).click();
  await segment.getByRole("form").getByRole("button", { name: "Translate again" }).click();
  await expect(segment.locator(".pair-error")).toContainText("the text above is kept");
  await expect(shown).toHaveText("Something else altogether.");
  await expectStored(page, api, server, work, chapter);
  expect((await (await api.get(`${at(server, run, 2)}/attempts`)).json()).items).toHaveLength(3);
});

test("attempts are listed with what was sent, compared, and brought back", async ({ signedIn: page, api, server, fake }) => {
  const { work, chapter, run, url } = await translated(page, api, server, fake);
  const first = (await (await api.get(at(server, run, 1))).json()).text;
  await write(api, at(server, run, 1), "By another hand.");
  await page.goto(url);
  await page.locator("#segment-1").getByRole("button", { name: "Attempts segment 1" }).click();
  const dialog = page.getByRole("dialog", { name: "Attempts at segment 1" });
  const attempts = dialog.locator(".attempt");
  await expect(attempts).toHaveCount(2);
  await expect(attempts.nth(0)).toContainText("by hand");
  await expect(attempts.nth(0)).toContainText("shown now");
  await expect(attempts.nth(1)).toContainText("v1 · novel");
  await attempts.nth(1).getByText("What was sent").click();
  await expect(attempts.nth(1).locator("pre")).toContainText("Into ");
  await dialog.getByRole("checkbox", { name: "Attempt 1" }).check();
  await dialog.getByRole("checkbox", { name: "Attempt 2" }).check();
  await expect(dialog.getByRole("heading", { name: "Attempt 1 → attempt 2" })).toBeVisible();
  await expect(dialog.locator(".diff ins").first()).toContainText("By another hand.");
  await expectAccessible(page);

  // Somebody is faster: told there, with the newer list; then it goes on top of that.
  await write(api, at(server, run, 1), "By a third hand.");
  await dialog.getByRole("button", { name: "Bring back attempt 1" }).click();
  await expect(dialog.getByRole("alert")).toContainText("Somebody changed the text in between");
  await expect(attempts).toHaveCount(3);
  await dialog.getByRole("button", { name: "Bring back attempt 1" }).click();
  await expect(dialog).toHaveCount(0);
  await expectStored(page, api, server, work, chapter);
  const { items } = await (await api.get(`${at(server, run, 1)}/attempts`)).json();
  expect(items).toHaveLength(4);
  expect([items[0].text, items[0].restored_from]).toEqual([first, items[3].id]);
});

test("a run's card says when it mixes versions and hands", async ({ signedIn: page, api, server, fake }) => {
  const { work, run, url, card } = await translated(page, api, server, fake);
  await expect(card).toContainText("Complete");
  await expect(card.locator(".run-mix")).toHaveCount(0);
  await addVersion(api, server, work);
  await write(api, at(server, run, 1), "By hand.");
  const { attempt } = await (await api.get(at(server, run, 2))).json();
  const asked = await api.post(`${at(server, run, 2)}/retranslate`, { data: { base_attempt_id: attempt.id, version: "latest" } });
  expect(asked.status()).toBe(202);
  await expect.poll(async () => (await (await api.get(at(server, run, 2))).json()).retranslation).toBeNull();
  await page.goto(url);
  await expect(card.locator(".run-mix")).toContainText("1 segment v2 + 1 by hand");

  // The phone's width keeps it all reachable.
  await page.setViewportSize({ width: 390, height: 844 });
  await page.locator("#segment-1").getByRole("button", { name: "Edit segment 1" }).click();
  await expect(page.locator("#segment-1").getByRole("button", { name: "Save" })).toBeInViewport();
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(390);
});
