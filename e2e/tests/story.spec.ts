import { join } from "node:path";
import { chapterIds, expect, expectAccessible, novels, operator, test } from "../support/app";
import { FakeProvider, Server } from "../support/server";

test("from the one-time link to a translation that knows what made it", async ({ page }) => {
  test.setTimeout(180_000);
  const fake = await FakeProvider.start();
  const server = await Server.start(fake);
  try {
    await page.goto(server.setupLink);
    await page.getByLabel("Name").fill(operator.name);
    await page.getByLabel("Password").fill(operator.password);
    await page.getByRole("button", { name: "Make the administrator" }).click();

    // Two novels at once.
    const files = ["yoru-no-watashibune.txt", "tabi-no-chaya.epub"].map((name) => join(novels, name));
    await page.locator("input[type=file]").setInputFiles(files);
    await page.getByRole("button", { name: "Import 2 files together" }).click();
    await expect(page.getByText("with 9 chapters").first()).toBeVisible();
    await expect(page.getByText("with 13 chapters").first()).toBeVisible();

    await page.getByRole("link", { name: "夜の渡し舟" }).first().click();
    await expect(page.getByText("There is no prompt yet.")).toBeVisible();
    await page.getByRole("button", { name: "Create the prompt" }).click();
    const editor = page.getByRole("dialog");
    await editor.getByLabel("Name", { exact: true }).fill("House style");
    await editor.getByRole("combobox", { name: "Model" }).fill("demo");
    await page.keyboard.press("Enter");

    // Problems are explained while one types, with a mend to click.
    const template = editor.getByRole("textbox", { name: "Template" });
    await template.fill('Translate {sorce_text}\n{"k": 1}');
    await expect(editor.getByText("There is no variable “sorce_text”")).toBeVisible();
    await editor.getByRole("button", { name: "Use source_text" }).click();
    await editor.getByRole("button", { name: "Double the braces" }).click();
    await expect(template).toHaveValue('Translate {source_text}\n{{"k": 1}}');
    await editor.getByRole("tab", { name: "Preview" }).click();
    await editor.getByRole("button", { name: "Render the preview" }).click();
    await expect(editor.getByText("「みなさんは、この川の").last()).toBeVisible();
    await editor.getByRole("button", { name: "Create version 1" }).click();
    await expect(editor).toBeHidden();
    const panel = page.getByRole("region", { name: "Work Prompt" });
    await expect(panel.getByText(operator.name)).toBeVisible();
    await expect(panel.locator("time")).toBeVisible();

    // Version 1 translates chapter one.
    await page.getByRole("link", { name: "一　渡し場" }).click();
    await page.getByRole("button", { name: "Translate" }).first().click();
    const cards = page.getByRole("region", { name: "Translations", exact: true }).locator("li.run");
    await expect(cards.first().getByRole("link", { name: "v1 · demo" })).toBeVisible();
    await expect(page.getByText("[demo → en]").first()).toBeVisible();
    await expect(cards.first().getByText("Complete", { exact: true })).toBeVisible({ timeout: 60_000 });

    // Another model, template and temperature make version 2.
    await page.keyboard.press("e");
    await editor.getByRole("combobox", { name: "Model" }).fill("novel");
    await page.keyboard.press("Enter");
    await template.fill("日本語から{target_language}へ、ていねいに:\n{source_text}");
    await editor.getByRole("tab", { name: "Parameters" }).click();
    await editor.getByLabel("temperature").fill("0.3");
    await editor.getByRole("tab", { name: "Changes" }).click();
    await expect(editor.getByText("/temperature")).toBeVisible();
    await page.keyboard.press("Control+Enter");
    await expect(editor).toBeHidden();

    // The history compares any two at a URL, and brings version 1 back as version 3.
    await page.keyboard.press("h");
    await expect(page.getByRole("heading", { name: "History of the prompt" })).toBeVisible();
    await page.goto(`${server.url}/works/1/compare?from=1&to=2`);
    await expect(page.locator("ins, .diff").first()).toBeVisible();
    await expectAccessible(page);
    await page.goto(`${server.url}/works/1/history/1`);
    await page.getByRole("button", { name: "Restore…" }).click();
    await page.getByRole("button", { name: "Restore as version 3" }).click();
    await expect(page.getByText("Version 1 was restored as version 3.")).toBeVisible();

    // Translated again: the new card says v3, the first still v1, and opens exactly that version.
    const [chapter] = await chapterIds(page.request, server, 1);
    await page.goto(`${server.url}/works/1/chapters/${chapter}`);
    await page.getByRole("button", { name: "Translate" }).first().click();
    await expect(cards.first().getByRole("link", { name: "v3 · demo" })).toBeVisible();
    await expect(cards.first().getByText("Complete", { exact: true })).toBeVisible({ timeout: 60_000 });
    await page.getByText("1 other translation").click();
    await cards.last().getByRole("link", { name: "v1 · demo" }).click();
    await expect(page).toHaveURL(`${server.url}/works/1/history/1`);
    await expect(page.getByRole("heading", { name: "Version 1" })).toBeVisible();
  } finally {
    await server.stop();
    await fake.stop();
  }
});
