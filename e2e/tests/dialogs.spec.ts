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
  await look(page, "Attempts segment 1");
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
