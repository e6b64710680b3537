import type { Page } from "@playwright/test";
import { chapterIds, expect, makeWork, operator, test, translate } from "../support/app";
import { type Translated, editField, makeTranslated, openEdit } from "../support/chapter";
import { Dialogs, blur, pressBack } from "../support/dialogs";
import { ask } from "../support/filled";
import type { Server } from "../support/server";

const title = (page: Page, name: string) => page.getByRole("heading", { level: 1, name });

/** The link to a work in the list of works. */
const workLink = (page: Page, work: number) => page.getByRole("main").locator(`a[href="/works/${work}"]`);

const scrollY = (page: Page) => page.evaluate(() => Math.round(window.scrollY));

/** Expects a page by its heading, and its address. */
async function expectPage(page: Page, url: string, heading: string): Promise<void> {
  await expect(title(page, heading)).toBeVisible();
  await expect(page).toHaveURL(url);
}

/** Signs in by the form. */
async function signIn(page: Page): Promise<void> {
  await page.getByLabel("Name").fill(operator.name);
  await page.getByLabel("Password").fill(operator.password);
  await page.getByRole("button", { name: "Sign in" }).click();
}

test("a link after Back and Forward changes page and address, and Back returns from there", async ({ signedIn: page, api, server }) => {
  const work = await makeWork(api, server, "novel");
  const url = `${server.url}/works/${work}`;
  const expectStart = () => expectPage(page, `${server.url}/`, "Works");
  const expectWork = () => expectPage(page, url, "銀河の旅");
  const expectHistory = () => expectPage(page, `${url}/history`, "History of the prompt");
  await page.goto(server.url);
  await page.evaluate(() => Object.assign(window, { kept: true }));
  await workLink(page, work).click();
  await expectWork();
  await page.getByRole("link", { name: "History", exact: true }).click();
  await expectHistory();
  await page.goBack();
  await expectWork();
  await page.goForward();
  await expectHistory();

  // Here leptos_router 0.8 adds no entry to the browser's history: `state/page_change.rs` does.
  await page.getByRole("navigation", { name: "Where this is" }).getByRole("link", { name: "銀河の旅" }).click();
  await expectWork();
  await page.goBack();
  await expectHistory();
  await page.evaluate(() => history.go(-2));
  await expectStart();
  await page.evaluate(() => history.go(2));
  await expectHistory();
  expect(await page.evaluate(() => "kept" in window), "the browser did not load the app again").toBe(true);
});

test("every page opens by its address, and a reload shows the same page", async ({ signedIn: page, api, server, fake }) => {
  test.setTimeout(120_000);
  await fake.pace(0, 64);
  const work = await makeWork(api, server, "novel");
  const [chapter] = await chapterIds(api, server, work);
  const run = await translate(api, server, work, chapter);
  await translate(api, server, work, chapter);
  const version = { model: "novel", template: "Plainly, into {target_language}:\n{source_text}", base_version: 1 };
  await ask(api, server, "POST", `/works/${work}/prompt/versions`, version);

  const chapterPath = `/works/${work}/chapters/${chapter}`;
  const older = () => expect(page.getByText("An older translation is shown.")).toBeVisible();
  /** The path, the heading, a check of what the query says, and the path that the page leads to. */
  const pages: [path: string, heading: string, check?: () => Promise<void>, leadsTo?: string][] = [
    [
      `/?query=${encodeURIComponent("銀河")}`,
      "Works",
      async () => {
        await expect(page.getByRole("searchbox", { name: "Search titles and authors" })).toHaveValue("銀河");
        await expect(workLink(page, work)).toBeVisible();
      },
    ],
    [`/works/${work}`, "銀河の旅"],
    [`/works/${work}/history`, "History of the prompt"],
    [`/works/${work}/history/1`, "Version 1"],
    [
      `/works/${work}/compare?from=1&to=2&view=unified`,
      "Version 1 and version 2",
      () => expect(page.getByRole("button", { name: "Unified" })).toHaveAttribute("aria-pressed", "true"),
    ],
    [chapterPath, "一　午後の授業"],
    [`${chapterPath}?run=${run}`, "一　午後の授業", older],
    [`/translations/${run}`, "一　午後の授業", older, `${chapterPath}?run=${run}`],
    ["/users", "Users"],
    ["/tokens", "API tokens"],
    ["/audit?action=prompt_created", "Audit log", () => expect(page.getByLabel("What")).toHaveValue("prompt_created")],
    ["/account", "Account"],
  ];
  for (const [path, heading, check, leadsTo] of pages) {
    await test.step(path, async () => {
      const url = server.url + (leadsTo ?? path);
      await page.goto(server.url + path);
      await expectPage(page, url, heading);
      await check?.();
      await page.reload();
      await expectPage(page, url, heading);
      await check?.();
    });
  }
});

test("Back restores the scroll position, and a link opens a page at its top", async ({ signedIn: page, api, server }) => {
  test.setTimeout(120_000);
  const make = (name: string) => ask(api, server, "POST", "/works", { title: name, author: "", source_language: "en", target_language: "ja" });
  // The oldest work is far down in the list, and has enough chapters for a long page of its own.
  const { id } = await make("Long work");
  for (let number = 1; number <= 40; number++) {
    await ask(api, server, "POST", `/works/${id}/chapters`, { title: `Chapter ${number}`, source_text: "Text." });
  }
  for (let count = 1; count < 40; count++) await make(`Work ${count}`);

  await page.goto(server.url);
  await workLink(page, id).scrollIntoViewIfNeeded();
  const before = await scrollY(page);
  expect(before).toBeGreaterThan(300);
  await workLink(page, id).click();
  await expectPage(page, `${server.url}/works/${id}`, "Long work");
  await expect(page.locator(".chapter-row")).toHaveCount(40);
  await expect.poll(() => scrollY(page)).toBe(0);
  const isLong = await page.evaluate(() => document.documentElement.scrollHeight > window.innerHeight + 300);
  expect(isLong, "the page is long enough to be scrolled").toBe(true);

  await page.goBack();
  await expectPage(page, `${server.url}/`, "Works");
  await expect.poll(() => scrollY(page)).toBe(before);
});

test("the focus goes to the new page's heading, unless a field of the page takes it", async ({ signedIn: page, api, server }) => {
  const work = await makeWork(api, server, "novel");
  await page.goto(server.url);
  await workLink(page, work).click();
  await expect(title(page, "銀河の旅")).toBeFocused();
  await page.keyboard.press("h");
  await expect(title(page, "History of the prompt")).toBeFocused();
  await page.goBack();
  await expect(title(page, "銀河の旅")).toBeFocused();

  await page.getByRole("button", { name: "Account of" }).click();
  await page.getByRole("button", { name: "Sign out" }).click();
  await expect(page).toHaveURL(/\/sign-in/);
  const name = page.getByLabel("Name");
  await expect(name).toBeFocused();
  // The heading is there as well, and does not take the focus while the person types.
  await expect(title(page, "Sign in")).toBeVisible();
  await page.keyboard.type(operator.name, { delay: 50 });
  await expect(name).toHaveValue(operator.name);
  await expect(name).toBeFocused();
});

test("an address without a page says so and links to the works", async ({ signedIn: page, server }) => {
  for (const path of ["/nowhere", "/works/abc", "/works/1/chapters/x"]) {
    await test.step(path, async () => {
      await page.goto(server.url + path);
      await expectPage(page, server.url + path, "There is no such page");
      await page.getByRole("link", { name: "Go to the works" }).click();
      await expectPage(page, `${server.url}/`, "Works");
    });
  }
});

test("signing in leads to the address that was asked for, with its query, and never to another site", async ({ api, server, elsewhere }) => {
  test.setTimeout(120_000);
  const work = await makeWork(api, server, "novel");
  const version = { model: "novel", template: "Plainly, into {target_language}:\n{source_text}", base_version: 1 };
  await ask(api, server, "POST", `/works/${work}/prompt/versions`, version);
  const path = `/works/${work}/compare?from=1&to=2&view=split`;

  const guest = await elsewhere();
  await guest.goto(server.url + path);
  await expect(title(guest, "Sign in")).toBeVisible();
  await expect.poll(() => new URL(guest.url()).pathname).toBe("/sign-in");
  expect(new URL(guest.url()).searchParams.get("next")).toBe(path);
  await signIn(guest);
  await expectPage(guest, server.url + path, "Version 1 and version 2");
  await expect(guest.getByRole("button", { name: "Side by side" })).toHaveAttribute("aria-pressed", "true");

  for (const next of ["//evil.example", "https://evil.example", "/\\evil.example"]) {
    for (const parameter of [next, encodeURIComponent(next)]) {
      await test.step(parameter, async () => {
        const url = `${server.url}/sign-in?next=${parameter}`;
        const stranger = await elsewhere();
        await stranger.goto(url);
        await signIn(stranger);
        await expectPage(stranger, `${server.url}/`, "Works");
        // A person who is signed in already does not see the form.
        await stranger.goto(url);
        await expectPage(stranger, `${server.url}/`, "Works");
      });
    }
  }
});

/** A way to leave a page. */
type Way = {
  name: string;
  /** The type of the dialog that asks first. */
  dialog: "confirm" | "beforeunload";
  go: (page: Page) => Promise<unknown>;
  /** Expects that the page was left. */
  expectLeft: (page: Page) => Promise<void>;
};

const back = (leadsTo: string): Way => ({
  name: "Back",
  dialog: "confirm",
  go: pressBack,
  expectLeft: (page) => expect(page).toHaveURL(leadsTo),
});

const reload: Way = {
  name: "a reload",
  dialog: "beforeunload",
  go: (page) => page.evaluate(() => void setTimeout(() => location.reload())),
  expectLeft: async (page) => {
    await expect(page.getByRole("form")).toHaveCount(0);
    await expect(page.getByRole("dialog")).toHaveCount(0);
  },
};

const close: Way = {
  name: "closing the tab",
  dialog: "beforeunload",
  go: (page) => page.close({ runBeforeUnload: true }),
  expectLeft: (page) => expect.poll(() => page.isClosed()).toBe(true),
};

const press = (key: string, leadsTo: string): Way => ({
  name: `the key ${key}`,
  dialog: "confirm",
  go: async (page) => {
    await blur(page);
    await page.keyboard.press(key);
  },
  expectLeft: (page) => expect(page).toHaveURL(leadsTo),
});

/** The ways from the second of three chapters. Signing out is the last one: it ends the session of all pages. */
function waysFromChapter(server: Server, { work, chapters: [first, , third] }: Translated): Way[] {
  const url = `${server.url}/works/${work}`;
  return [
    {
      name: "a link",
      dialog: "confirm",
      go: (page) => page.getByRole("navigation", { name: "Main" }).getByRole("link", { name: "Works" }).click(),
      expectLeft: (page) => expect(page).toHaveURL(`${server.url}/`),
    },
    back(url),
    reload,
    close,
    press("j", `${url}/chapters/${third}`),
    press("ArrowRight", `${url}/chapters/${third}`),
    press("k", `${url}/chapters/${first}`),
    press("ArrowLeft", `${url}/chapters/${first}`),
    press("h", `${url}/history`),
    {
      name: "signing out",
      dialog: "confirm",
      go: async (page) => {
        await page.getByRole("button", { name: "Account of" }).click();
        await page.getByRole("button", { name: "Sign out" }).click();
      },
      expectLeft: (page) => expect(page).toHaveURL(/\/sign-in/),
    },
  ];
}

/** The ways from a modal dialog of a work's page. It covers links and takes the keys. */
const waysFromDialog = (server: Server): Way[] => [back(`${server.url}/`), reload, close];

/** Goes from the work's page to the chapter, so that Back stays within the app, and opens the edit of a segment. */
async function openChapterEdit(page: Page, server: Server, { work, chapter }: Translated, text?: string): Promise<void> {
  await page.goto(`${server.url}/works/${work}`);
  await page.getByRole("main").locator(`a[href="/works/${work}/chapters/${chapter}"]`).click();
  await openEdit(page, 1, text);
}

const template = (page: Page) => page.getByRole("dialog").getByRole("textbox", { name: "Template" });

/** Goes from the list of works to the work, so that Back stays within the app, and opens the prompt editor. */
async function openPromptEditor(page: Page, server: Server, work: number, text?: string): Promise<void> {
  await page.goto(server.url);
  await workLink(page, work).click();
  await page.getByRole("button", { name: "Edit Prompt" }).click();
  await template(page).click();
  if (text !== undefined) await template(page).fill(text);
}

test("an unsaved edit of a segment is kept when the person does not want to leave the page", async ({ signedIn: page, api, server, fake }) => {
  test.setTimeout(120_000);
  const chapter = await makeTranslated(api, server, fake, 2);
  const dialogs = new Dialogs(page, "dismiss");
  await openChapterEdit(page, server, chapter, "Not saved.");
  for (const way of waysFromChapter(server, chapter)) {
    await test.step(way.name, async () => {
      await way.go(page);
      await dialogs.expectOpened(way.dialog);
      expect(page.isClosed()).toBe(false);
      await expect(page).toHaveURL(chapter.url);
      await expect(editField(page, 1)).toHaveValue("Not saved.");
    });
  }
  expect((await api.get(`${server.url}/api/v1/session`)).status(), "the session goes on").toBe(200);
});

for (const isTyped of [true, false]) {
  const name = isTyped ? "an unsaved edit of a segment is left once the person agrees" : "an edit without a change is left without a question";
  test(name, async ({ context, api, server, fake }) => {
    test.setTimeout(180_000);
    const chapter = await makeTranslated(api, server, fake, 2);
    for (const way of waysFromChapter(server, chapter)) {
      await test.step(way.name, async () => {
        const page = await context.newPage();
        const dialogs = new Dialogs(page, "accept");
        await openChapterEdit(page, server, chapter, isTyped ? "Not saved." : undefined);
        await way.go(page);
        await way.expectLeft(page);
        await dialogs.expectOpened(...(isTyped ? [way.dialog] : []));
        await page.close();
      });
    }
  });
}

test("an unsaved prompt is kept when the person does not want to leave the page", async ({ signedIn: page, api, server }) => {
  const work = await makeWork(api, server, "novel");
  const dialogs = new Dialogs(page, "dismiss");
  const text = "Not saved:\n{source_text}";
  await openPromptEditor(page, server, work, text);
  for (const way of waysFromDialog(server)) {
    await test.step(way.name, async () => {
      await way.go(page);
      await dialogs.expectOpened(way.dialog);
      expect(page.isClosed()).toBe(false);
      await expect(page).toHaveURL(`${server.url}/works/${work}`);
      await expect(template(page)).toHaveValue(text);
    });
  }
});

for (const isTyped of [true, false]) {
  const name = isTyped ? "an unsaved prompt is left once the person agrees" : "a prompt without a change is left without a question";
  test(name, async ({ context, api, server }) => {
    test.setTimeout(120_000);
    const work = await makeWork(api, server, "novel");
    for (const way of waysFromDialog(server)) {
      await test.step(way.name, async () => {
        const page = await context.newPage();
        const dialogs = new Dialogs(page, "accept");
        await openPromptEditor(page, server, work, isTyped ? "Not saved:\n{source_text}" : undefined);
        await way.go(page);
        await way.expectLeft(page);
        await dialogs.expectOpened(...(isTyped ? [way.dialog] : []));
        await page.close();
      });
    }
  });
}
