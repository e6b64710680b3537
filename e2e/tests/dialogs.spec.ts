import type { Page } from "@playwright/test";
import { chapterIds, expect, expectAccessibleAtAnyWidth as expectAccessible, makeWork, test, translate } from "../support/app";

/** Opens a dialog by its button, looks at it, and closes it. */
async function look(page: Page, button: string | RegExp): Promise<void> {
  await page.getByRole("button", { name: button }).first().click();
  await expect(page.getByRole("dialog")).toBeVisible();
  await expectAccessible(page);
  await page.keyboard.press("Escape");
  await expect(page.getByRole("dialog")).toBeHidden();
}

test("the dialogs of works, prompts and chapters are accessible at any width, in light and in dark", async ({ signedIn: page, api, server }) => {
  test.setTimeout(180_000);
  const work = await makeWork(api, server, "novel");
  const [chapter] = await chapterIds(api, server, work);
  await translate(api, server, work, chapter);
  const version = { model: "novel", template: "In {target_language}:\n{source_text}", base_version: 1 };
  expect((await api.post(`${server.url}/api/v1/works/${work}/prompt/versions`, { data: version })).status()).toBe(201);

  await page.goto(server.url);
  await look(page, "Create a work");
  await page.keyboard.press("?");
  await expect(page.getByRole("dialog")).toContainText("Keys");
  await expectAccessible(page);

  await page.goto(`${server.url}/works/${work}`);
  for (const button of ["Edit details", "Delete…", "Add a chapter"]) await look(page, button);
  await page.getByRole("button", { name: "Edit Prompt" }).click();
  const tabs = page.getByRole("dialog").getByRole("tab");
  for (let index = 0; index < (await tabs.count()); index += 1) {
    await tabs.nth(index).click();
    await expectAccessible(page);
  }

  await page.goto(`${server.url}/works/${work}/history/1`);
  await look(page, "Restore…");
  await page.goto(`${server.url}/works/${work}/chapters/${chapter}`);
  await expectAccessible(page);
  await look(page, "Edit details");

  // A text by hand, so that there is an attempt to bring back and a pair to compare.
  const [run] = (await (await api.get(`${server.url}/api/v1/works/${work}/chapters/${chapter}/translations`)).json()).items;
  const segment = `${server.url}/api/v1/translations/${run.id}/segments/1`;
  const { attempt } = await (await api.get(segment)).json();
  expect((await api.patch(segment, { data: { text: "By hand.", base_attempt_id: attempt.id } })).status()).toBe(200);
  await page.getByRole("button", { name: "Attempts segment 1" }).click();
  for (const box of await page.getByRole("dialog").getByRole("checkbox").all()) await box.check();
  await expectAccessible(page);
  await page.getByRole("dialog").getByRole("button", { name: /^Bring back/ }).first().click();
  await expect(page.getByText(/was brought back/)).toBeVisible();
  await expectAccessible(page);
});

test("the dialogs of an administrator are accessible at any width, in light and in dark", async ({ signedIn: page, server }) => {
  test.setTimeout(120_000);
  await page.goto(`${server.url}/users`);
  await page.getByRole("button", { name: "Invite somebody" }).click();
  const dialog = page.getByRole("dialog");
  await expectAccessible(page);
  await dialog.getByLabel("Name").fill("guest");
  await dialog.getByRole("button", { name: "Make the one-time link" }).click();
  await expect(dialog.getByLabel("One-time link")).toBeVisible();
  await expectAccessible(page);
  await dialog.getByRole("button", { name: "Done" }).click();
  await look(page, "Manage guest");

  await page.goto(`${server.url}/tokens`);
  await page.getByRole("button", { name: "Make a token" }).click();
  await expectAccessible(page);
  await dialog.getByLabel("Name").fill("nightly import");
  await dialog.getByRole("button", { name: "Make the token" }).click();
  await expect(dialog.getByRole("textbox", { name: "Token" })).toBeVisible();
  await expectAccessible(page);
  await dialog.getByRole("button", { name: "Done" }).click();
  await look(page, /^Revoke/);
});
