import type { Response } from "@playwright/test";
import { chapterIds, expect, expectAccessible, makeWork, operator, test, translate } from "../support/app";

test("signing in leads back to where one was, and signing out ends the session", async ({ page, server }) => {
  await page.goto(`${server.url}/works/999`);
  await expect(page).toHaveURL(/\/sign-in\?next=/);
  await expectAccessible(page);
  await page.getByLabel("Name").fill(operator.name);
  await page.getByLabel("Password").fill("wrong password");
  await page.getByRole("button", { name: "Sign in" }).click();
  await expect(page.getByRole("alert").first()).toBeVisible();
  await page.getByLabel("Password").fill(operator.password);
  await page.getByRole("button", { name: "Sign in" }).click();
  await expect(page).toHaveURL(`${server.url}/works/999`);
  await expect(page.getByText("No such work").first()).toBeVisible();
  await page.getByRole("button", { name: "Account of" }).click();
  await page.getByRole("button", { name: "Sign out" }).click();
  await expect(page).toHaveURL(/\/sign-in/);
  expect((await page.request.get(`${server.url}/api/v1/session`)).status()).toBe(401);
});

test("links go on without loading the app anew, and back and forward follow", async ({ signedIn: page, api, server }) => {
  const work = await makeWork(api, server, "novel");
  await page.goto(`${server.url}/works/${work}`);
  const heading = page.getByRole("heading", { name: "銀河の旅" });
  await expect(heading).toBeVisible();
  await page.evaluate(() => Object.assign(window, { kept: true }));

  const works = page.getByRole("navigation", { name: "Main" }).getByRole("link", { name: "Works" });
  await expect(works).not.toHaveAttribute("aria-current");
  // A modified click is the browser's.
  const [other] = await Promise.all([page.context().waitForEvent("page"), works.click({ modifiers: ["Control"] })]);
  await other.close();
  await expect(page).toHaveURL(`${server.url}/works/${work}`);

  await works.click();
  await expect(page).toHaveURL(`${server.url}/`);
  await expect(works).toHaveAttribute("aria-current", "page");
  await expect(page.getByRole("heading", { name: "Works" })).toBeVisible();
  // Once more to the same address leaves no second entry.
  await works.click();
  await page.goBack();
  await expect(page).toHaveURL(`${server.url}/works/${work}`);
  await expect(heading).toBeVisible();
  await page.goForward();
  await expect(page.getByRole("heading", { name: "Works" })).toBeVisible();
  expect(await page.evaluate(() => "kept" in window)).toBe(true);
});

test("the one-time link works once", async ({ page, server }) => {
  await page.goto(server.setupLink);
  await expectAccessible(page);
  await page.getByLabel("Name").fill("second");
  await page.getByLabel("Password").fill("another long password");
  await page.getByRole("button", { name: "Make the administrator" }).click();
  await expect(page.getByText("Set-up is done").first()).toBeVisible();
});

test("every page is accessible, in light and dark, wide and on a phone", async ({ signedIn: page, api, server, fake }) => {
  test.setTimeout(240_000);
  await fake.pace(0, 64);
  const work = await makeWork(api, server, "novel");
  const [chapter, untouched] = await chapterIds(api, server, work);
  await translate(api, server, work, chapter);
  const bare = await makeWork(api, server);
  const pages: [string, string | RegExp][] = [
    ["/", "Works"],
    [`/works/${work}`, "銀河の旅"],
    [`/works/${bare}`, "There is no prompt yet."],
    [`/works/${work}/history`, "History of the prompt"],
    [`/works/${work}/history/1`, "Version 1"],
    [`/works/${work}/chapters/${chapter}`, "Complete"],
    [`/works/${work}/chapters/${untouched}`, "Not translated yet."],
    ["/users", "Last sign-in"],
    ["/tokens", /No tokens yet\.|Last used/],
    ["/audit", "Export as JSON Lines"],
    ["/account", "Change the password"],
    ["/nowhere", "There is no such page"],
  ];
  for (const width of [1280, 390]) {
    await page.setViewportSize({ width, height: 900 });
    for (const [path, text] of pages) {
      await page.goto(server.url + path);
      await expect(page.getByText(text).first()).toBeVisible();
      await expectAccessible(page);
      const overflow = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
      expect(overflow, `${path} at ${width}`).toBeLessThanOrEqual(0);
    }
  }
});

test("the keyboard alone goes from a work to a translation", async ({ signedIn: page, api, server, fake }) => {
  await fake.pace(0, 64);
  const work = await makeWork(api, server, "novel");
  const [chapter] = await chapterIds(api, server, work);
  await page.goto(`${server.url}/works/${work}`);
  await expect(page.getByText("Work Prompt").first()).toBeVisible();

  await page.keyboard.press("e");
  const editor = page.getByRole("dialog");
  await expect(editor).toBeVisible();
  await editor.getByRole("textbox", { name: "Template" }).focus();
  await page.keyboard.press("Control+End");
  // Single keys are text while one types.
  await page.keyboard.type("\nheth?");
  await expect(editor.getByRole("textbox", { name: "Template" })).toHaveValue(/\nheth\?$/);
  await page.keyboard.press("Control+Enter");
  await expect(editor).toBeHidden();

  await page.goto(`${server.url}/works/${work}/chapters/${chapter}`);
  await expect(page.getByText("Not translated yet.")).toBeVisible();
  await page.keyboard.press("t");
  await expect(page.getByText("Complete", { exact: true })).toBeVisible({ timeout: 30_000 });
  await page.keyboard.press("j");
  await expect(page.getByRole("heading", { name: "二　活版所" })).toBeVisible();
  await page.keyboard.press("k");
  await expect(page.getByRole("heading", { name: "一　午後の授業" })).toBeVisible();
  await page.keyboard.press("h");
  await expect(page.getByRole("heading", { name: "History of the prompt" })).toBeVisible();
  await page.keyboard.press("?");
  await expect(page.getByRole("dialog")).toBeVisible();
  await page.keyboard.press("Escape");
  await expect(page.getByRole("dialog")).toBeHidden();
});

test("a key that is pressed while the page still loads is heard once it can be, there and nowhere else", async ({ signedIn: page, api, server }) => {
  const work = await makeWork(api, server, "novel");
  const [chapter, next] = await chapterIds(api, server, work);
  let release = () => {};
  const held = new Promise<void>((resolve) => (release = resolve));
  await page.route(/\/(translations|prompt)$/, async (route) => {
    await held;
    await route.continue();
  });
  const heading = page.getByRole("heading", { name: "一　午後の授業" });
  await page.goto(`${server.url}/works/${work}/chapters/${chapter}`);
  await expect(heading).toBeVisible();
  await page.keyboard.press("e");
  // Elsewhere by the time it could be done: it is not.
  await page.getByRole("link", { name: "Next chapter: 二　活版所" }).first().click();
  await expect(page.getByRole("heading", { name: "二　活版所" })).toBeVisible();
  await expect(page).toHaveURL(`${server.url}/works/${work}/chapters/${next}`);
  await page.keyboard.press("k");
  await expect(heading).toBeVisible();
  await expect(page.locator(".skeleton")).not.toHaveCount(0);
  await page.keyboard.press("h");
  release();
  await expect(page.getByRole("heading", { name: "History of the prompt" })).toBeVisible();
  await expect(page.getByRole("dialog")).toHaveCount(0);

  await page.goBack();
  await expect(heading).toBeVisible();
  await page.keyboard.press("e");
  await expect(page.getByRole("dialog", { name: /Edit Prompt/ })).toBeVisible();
});

test("Swagger UI and the document are open, and the app's files are compressed and kept for ever", async ({ page, server }) => {
  await page.goto(`${server.url}/swagger-ui/`);
  await expect(page.getByText("/api/v1/works/{work_id}/prompt").first()).toBeVisible();
  const index = await page.request.get(server.url);
  expect(index.headers()["content-security-policy"]).toContain("default-src 'none'");

  // All that the page loads comes compressed, for ever, and once: what is preloaded is what is used.
  const loaded: Response[] = [];
  page.on("response", (response) => loaded.push(response));
  await page.goto(server.url);
  await expect(page.getByLabel("Password")).toBeVisible();
  const files = loaded.filter((response) => /\.(js|wasm|css|svg)(\?|$)/.test(response.url()));
  const kinds = files.map((response) => new URL(response.url()).pathname.split(".").pop());
  expect(kinds.sort().filter((kind) => kind !== "svg")).toEqual(["css", "js", "wasm"]);
  for (const response of files) {
    expect(response.headers()["cache-control"], response.url()).toContain("immutable");
    if (!response.url().includes(".svg")) expect(response.headers()["content-encoding"], response.url()).toBe("br");
  }
});
