import { type APIRequestContext, type Locator, type Page, expect } from "@playwright/test";
import { chapterIds, makeWork, translate } from "./app";
import { ask } from "./filled";
import type { FakeProvider, Server } from "./server";

/** A chapter with a completed run. */
export type Translated = { work: number; chapters: number[]; chapter: number; run: number; url: string };

/** Makes a work of three chapters through the API and translates the one with this number. */
export async function makeTranslated(api: APIRequestContext, server: Server, fake: FakeProvider, number = 1): Promise<Translated> {
  await fake.pace(0, 64);
  const work = await makeWork(api, server, "novel");
  const chapters = await chapterIds(api, server, work);
  const chapter = chapters[number - 1];
  const run = await translate(api, server, work, chapter);
  return { work, chapters, chapter, run, url: `${server.url}/works/${work}/chapters/${chapter}` };
}

/** Starts a run through the API without waiting for its end; returns its id. */
export async function startRun(api: APIRequestContext, server: Server, work: number, chapter: number): Promise<number> {
  return (await ask(api, server, "POST", `/works/${work}/chapters/${chapter}/translations`)).id;
}

/** A chapter's runs, newest first. */
export async function listRuns(api: APIRequestContext, server: Server, work: number, chapter: number): Promise<{ id: number; status: string }[]> {
  return (await ask(api, server, "GET", `/works/${work}/chapters/${chapter}/translations`)).items;
}

/** The cards of a chapter's runs, newest first; folded ones included. */
export const runCards = (page: Page): Locator => page.getByRole("region", { name: "Translations", exact: true }).locator("li.run");

/** The field in which a person writes a segment's text. */
export const editField = (page: Page, position: number): Locator => page.getByRole("textbox", { name: `Text of segment ${position}`, exact: true });

/** Opens the form in which a person writes a segment's text, and types `text` if it is given. */
export async function openEdit(page: Page, position: number, text?: string): Promise<Locator> {
  await page.getByRole("button", { name: `Edit segment ${position}`, exact: true }).click();
  const field = editField(page, position);
  await expect(field).toBeFocused();
  if (text !== undefined) await field.fill(text);
  return field;
}

/** Saves the open edit of a segment. */
export async function saveEdit(page: Page, position: number): Promise<void> {
  await page.locator(`#segment-${position}`).getByRole("button", { name: "Save" }).click();
  await expect(editField(page, position)).toHaveCount(0);
}

/** Asks for another translation of a segment, by its form. */
export async function retranslate(page: Page, position: number): Promise<void> {
  await page.getByRole("button", { name: `Translate again… segment ${position}`, exact: true }).click();
  const form = page.getByRole("form", { name: `Translate again segment ${position}`, exact: true });
  await form.getByRole("button", { name: "Translate again" }).click();
  await expect(form).toHaveCount(0);
}
