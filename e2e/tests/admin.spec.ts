import type { APIRequestContext, Browser, Page } from "@playwright/test";
import { chapterIds, expect, expectAccessible, makeWork, test, translate } from "../support/app";

/** Nobody's name, password or text is what it should be: a script in each place that can hold text. */
const script = `<img src=x onerror="window.broken=1"><script>window.broken=1</script>`;

/** A page of somebody else, who complains of what fails on it. */
async function otherPage(browser: Browser): Promise<[Page, string[]]> {
  const page = await (await browser.newContext()).newPage();
  const complaints: string[] = [];
  page.on("pageerror", (error) => complaints.push(error.message));
  page.on("console", (message) => {
    if (message.type() === "error" && !message.text().startsWith("Failed to load resource")) complaints.push(message.text());
  });
  return [page, complaints];
}

async function invite(page: Page, name: string, role: string): Promise<string> {
  await page.getByRole("button", { name: "Invite somebody" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("Name").fill(name);
  await dialog.getByRole("combobox", { name: "Role" }).selectOption(role);
  await dialog.getByRole("button", { name: "Make the one-time link" }).click();
  const link = await dialog.getByLabel("One-time link").inputValue();
  await dialog.getByRole("button", { name: "Done" }).click();
  await expect(dialog).toBeHidden();
  return link;
}

test("somebody is invited, sees what their role allows, and is out at the next request once disabled", async ({ signedIn: page, api, server, browser }) => {
  test.setTimeout(120_000);
  const work = await makeWork(api, server, "novel");
  const [chapter] = await chapterIds(api, server, work);
  await translate(api, server, work, chapter);

  await page.goto(server.url);
  await page.getByRole("button", { name: "Account of" }).click();
  await page.getByRole("link", { name: "Users" }).click();
  await expect(page.getByRole("heading", { name: "Users" })).toBeVisible();
  const link = await invite(page, "reader", "viewer");
  expect(link).toContain("/password#token=");
  const row = page.getByRole("row", { name: /reader/ });
  await expect(row).toContainText("Invited");

  const [theirs, complaints] = await otherPage(browser);
  await theirs.goto(link);
  await expect(theirs.getByRole("heading", { name: "Set your password" })).toBeVisible();
  await expectAccessible(theirs);
  expect(theirs.url()).toBe(`${server.url}/password`);
  await theirs.getByLabel("Password").fill("short");
  await theirs.getByRole("button", { name: "Set the password" }).click();
  await expect(theirs.getByText("Must have 10 to 256 characters.")).toBeVisible();
  await theirs.getByLabel("Password").fill("a long enough password");
  await theirs.getByRole("button", { name: "Set the password" }).click();
  await expect(theirs.getByRole("heading", { name: "Works", exact: true })).toBeVisible();
  await page.reload();
  await expect(row).toContainText("Active");

  // Nothing of what a viewer may not do is there, by hand or by key.
  await expect(theirs.getByRole("button", { name: "Create a work" })).toHaveCount(0);
  await expect(theirs.locator("input[type=file]")).toHaveCount(0);
  await theirs.goto(`${server.url}/works/${work}/chapters/${chapter}`);
  await expect(theirs.getByText("Complete", { exact: true })).toBeVisible();
  for (const name of [/Translate/, /Edit/, /Resume/, /Cancel/, /Again/]) {
    await expect(theirs.getByRole("button", { name })).toHaveCount(0);
  }
  await theirs.keyboard.press("e");
  await theirs.keyboard.press("t");
  await expect(theirs.getByRole("dialog")).toHaveCount(0);
  await theirs.keyboard.press("?");
  await expect(theirs.getByRole("dialog")).toContainText("Open the prompt's history");
  await expect(theirs.getByRole("dialog")).not.toContainText("Edit the prompt");
  await expect(theirs.getByRole("dialog")).not.toContainText("Translate");
  await theirs.keyboard.press("Escape");
  await theirs.getByRole("button", { name: "Account of" }).click();
  await expect(theirs.getByRole("link", { name: "Account" })).toBeVisible();
  await expect(theirs.getByRole("link", { name: "Users" })).toHaveCount(0);
  await theirs.goto(`${server.url}/users`);
  await expect(theirs.getByText("Only administrators see this.")).toBeVisible();

  // An operator's tools come with the role.
  await page.getByRole("button", { name: "Manage reader" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByRole("combobox", { name: "Role" }).selectOption("operator");
  await dialog.getByRole("button", { name: "Change the role" }).click();
  await expect(row).toContainText("operator");
  await theirs.goto(server.url);
  await expect(theirs.getByRole("button", { name: "Create a work" })).toBeVisible();
  await expect(theirs.locator("input[type=file]")).toHaveCount(1);
  await theirs.getByRole("button", { name: "Account of" }).click();
  await expect(theirs.getByRole("link", { name: "Account" })).toBeVisible();
  await expect(theirs.getByRole("link", { name: "Users" })).toHaveCount(0);
  await theirs.goto(`${server.url}/works/${work}/chapters/${chapter}`);
  for (const name of [/^Translate again$/, /^Edit Prompt/]) await expect(theirs.getByRole("button", { name }).first()).toBeVisible();
  await theirs.goto(server.url);
  await expect(theirs.getByRole("link", { name: "銀河の旅" }).first()).toBeVisible();

  await dialog.getByRole("button", { name: "Disable" }).click();
  await expect(dialog.getByRole("button", { name: "Let them sign in again" })).toBeVisible();
  await expect(row).toContainText("Disabled");
  expect((await theirs.request.get(`${server.url}/api/v1/session`)).status()).toBe(401);
  await theirs.getByRole("link", { name: "銀河の旅" }).first().click();
  await expect(theirs).toHaveURL(/\/sign-in/);

  // A link works once.
  await theirs.goto(link);
  await theirs.getByLabel("Password").fill("another long password");
  await theirs.getByRole("button", { name: "Set the password" }).click();
  await expect(theirs.getByText("The link cannot be used").first()).toBeVisible();
  expect(complaints).toEqual([]);
  await theirs.context().close();
});

test("the last administrator stays one, and is told so where it was tried", async ({ signedIn: page, api, server }) => {
  const users = await (await api.get(`${server.url}/api/v1/users`)).json();
  expect(users.items.filter((user: { role: string; state: string }) => user.role === "admin" && user.state === "active")).toHaveLength(1);
  await page.goto(`${server.url}/users`);
  await page.getByRole("button", { name: "Manage mika" }).click();
  const dialog = page.getByRole("dialog");
  await expect(dialog).toContainText("This is you.");
  await expectAccessible(page);
  await dialog.getByRole("button", { name: "Disable" }).click();
  await expect(dialog.getByRole("region", { name: "Access" }).getByRole("alert")).toContainText("The last administrator");
  await dialog.getByRole("combobox", { name: "Role" }).selectOption("viewer");
  await dialog.getByRole("button", { name: "Change the role" }).click();
  await expect(dialog.getByRole("region", { name: "Role" }).getByRole("alert")).toContainText("The last administrator");
  await page.keyboard.press("Escape");
  await expect(dialog).toBeHidden();
  await expect(page.getByRole("button", { name: "Manage mika" })).toBeFocused();
});

test("a token is made, used and revoked, and the log tells all of it", async ({ signedIn: page, api, server, playwright }) => {
  const work = await makeWork(api, server, "novel");
  await page.goto(`${server.url}/tokens`);
  await page.getByRole("button", { name: "Make a token" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByRole("button", { name: "Make the token" }).click();
  await expect(dialog.getByText("Must not be empty.")).toBeVisible();
  await dialog.getByLabel("Name").fill("nightly import");
  await dialog.getByLabel(/^Write/).check();
  await expect(dialog.getByLabel(/^Read/)).toBeChecked();
  await dialog.getByLabel("Where").selectOption(String(work));
  await dialog.getByLabel("Expires").selectOption("30");
  await expectAccessible(page);
  await dialog.getByRole("button", { name: "Make the token" }).click();
  const secret = await dialog.getByLabel("Token", { exact: true }).inputValue();
  expect(secret).toMatch(/^clp_/);
  await expectAccessible(page);
  await dialog.getByRole("button", { name: "Done" }).click();
  const row = page.getByRole("row", { name: /nightly import/ }).first();
  await expect(row).toContainText("read, write");
  await expect(row).toContainText(`only work ${work}`);
  expect(await page.content()).not.toContain(secret);

  const service: APIRequestContext = await playwright.request.newContext({ extraHTTPHeaders: { Authorization: `Bearer ${secret}` } });
  expect((await service.get(`${server.url}/api/v1/works/${work}`)).status()).toBe(200);
  const renamed = await service.patch(`${server.url}/api/v1/works/${work}`, { data: { author: "別人" } });
  expect(renamed.status()).toBe(200);
  expect((await service.get(`${server.url}/api/v1/users`)).status()).toBe(403);

  await row.getByRole("button", { name: "Revoke" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Revoke the token" }).click();
  await expect(row).toContainText("Revoked");
  expect((await service.get(`${server.url}/api/v1/works/${work}`)).status()).toBe(401);
  await service.dispose();

  await page.getByRole("navigation", { name: "Administration" }).getByRole("link", { name: "Audit log" }).click();
  const table = page.getByRole("table", { name: /Audit log/ });
  await expect(table.getByRole("row", { name: /Token revoked/ }).first()).toContainText("nightly import");
  await expect(table.getByRole("row", { name: /Token created/ }).first()).toContainText("mika");
  const changed = table.getByRole("row", { name: /Work updated/ }).first();
  await expect(changed).toContainText("nightly import");
  await changed.getByRole("button", { name: "Details" }).click();
  await expect(table.getByText("127.0.0.1").first()).toBeVisible();
  await expectAccessible(page);

  await page.getByLabel("What").selectOption("token_revoked");
  await page.getByLabel("Work", { exact: true }).selectOption("");
  await page.getByRole("button", { name: "Filter" }).click();
  await expect(page).toHaveURL(/\?action=token_revoked$/);
  await expect(table.getByRole("row", { name: /Work updated/ })).toHaveCount(0);
  await expect(table.getByRole("row", { name: /Token revoked/ }).first()).toBeVisible();
  const href = await page.getByRole("link", { name: "Export as JSON Lines" }).getAttribute("href");
  const lines = (await (await api.get(server.url + href)).text()).trim().split("\n");
  expect(new Set(lines.map((line) => JSON.parse(line).action))).toEqual(new Set(["token_revoked"]));
  await page.goBack();
  await expect(table.getByRole("row", { name: /Work updated/ }).first()).toBeVisible();
});

test("one changes one's own password, and other sessions end", async ({ signedIn: page, server, browser, quiet: _ }) => {
  await page.goto(`${server.url}/users`);
  const link = await invite(page, "changer", "viewer");
  const [theirs, complaints] = await otherPage(browser);
  await theirs.goto(link);
  await theirs.getByLabel("Password").fill("the first password");
  await theirs.getByRole("button", { name: "Set the password" }).click();
  await expect(theirs.getByRole("heading", { name: "Works", exact: true })).toBeVisible();
  const [elsewhere] = await otherPage(browser);
  const signIn = { name: "changer", password: "the first password" };
  expect((await elsewhere.request.post(`${server.url}/api/v1/session`, { data: signIn })).status()).toBe(201);

  await theirs.goto(`${server.url}/account`);
  await expect(theirs.getByText("Signed in as")).toContainText("changer");
  await expectAccessible(theirs);
  await theirs.getByLabel("Current password").fill("not the password");
  await theirs.getByLabel("New password", { exact: true }).fill("the second password");
  await theirs.getByLabel("New password, again").fill("the second passwort");
  const change = theirs.getByRole("button", { name: "Change the password" });
  await change.click();
  await expect(theirs.getByText("Is not the same as the new password.")).toBeVisible();
  await theirs.getByLabel("New password, again").fill("the second password");
  await change.click();
  await expect(theirs.getByRole("alert")).toContainText("Wrong password");
  await theirs.getByLabel("Current password").fill("the first password");
  await change.click();
  await expect(theirs.getByText("The password was changed.")).toBeVisible();
  await expect(theirs.getByLabel("Current password")).toHaveValue("");
  expect((await elsewhere.request.get(`${server.url}/api/v1/session`)).status()).toBe(401);
  expect((await theirs.request.get(`${server.url}/api/v1/session`)).status()).toBe(200);
  await theirs.getByRole("main").getByRole("button", { name: "Sign out" }).click();
  await expect(theirs).toHaveURL(/\/sign-in/);
  expect(complaints).toEqual([]);
  await theirs.context().close();
  await elsewhere.context().close();
});

test("a script in every field that can hold text runs nowhere", async ({ signedIn: page, api, server, fake }) => {
  test.setTimeout(120_000);
  await fake.pace(0, 64);
  const post = async (path: string, data: object) => {
    const reply = await api.post(`${server.url}/api/v1${path}`, { data });
    expect(reply.status(), path).toBeLessThan(300);
    return reply.json();
  };
  const named = (what: string) => `${what} ${script}`;
  const { user } = await post("/users", { name: named("user"), role: "viewer" });
  const { token } = await post("/tokens", { name: named("token"), scopes: ["read"] });
  const work = await post("/works", { title: named("work"), author: script, source_language: "ja", target_language: "en" });
  const chapter = await post(`/works/${work.id}/chapters`, { title: named("chapter"), source_text: `${script}\n\n${script}` });
  const content = { model: "novel", template: `${script} {own} {source_text}`, note: script };
  const parameters = { variables: { own: script }, metadata: { [script]: script } };
  await post(`/works/${work.id}/prompt`, { name: named("prompt"), ...content, parameters });
  const changed = { ...content, template: `${script}${script}\n{own} {source_text}`, parameters, base_version: 1 };
  await post(`/works/${work.id}/prompt/versions`, changed);
  const run = await translate(api, server, work.id, chapter.id);
  const segment = await (await api.get(`${server.url}/api/v1/translations/${run}/segments/1`)).json();
  const edit = { text: script, base_attempt_id: segment.attempt.id };
  expect((await api.patch(`${server.url}/api/v1/translations/${run}/segments/1`, { data: edit })).status()).toBe(200);

  const places = [
    "/",
    `/?query=${encodeURIComponent(script)}`,
    `/works/${work.id}`,
    `/works/${work.id}/history`,
    `/works/${work.id}/history/2`,
    `/works/${work.id}/compare?from=1&to=2`,
    `/works/${work.id}/chapters/${chapter.id}`,
    "/users",
    "/tokens",
    "/audit",
    `/audit?who=${encodeURIComponent(script)}&action=${encodeURIComponent(script)}&work=${encodeURIComponent(script)}`,
    "/account",
    `/password#token=${encodeURIComponent(script)}`,
    `/setup#token=${encodeURIComponent(script)}`,
    `/sign-in?next=${encodeURIComponent("javascript:window.broken=1")}`,
  ];
  for (const place of places) {
    await page.goto("about:blank");
    await page.goto(server.url + place);
    await expect(page.locator("main h1, main .failure").first()).toBeVisible();
    await expect(page.locator(".skeleton")).toHaveCount(0);
    // What folds is looked into as well.
    const folded = page.getByRole("button", { name: /^(Open version|Details)/, expanded: false });
    for (let left = Math.min(await folded.count(), 8); left > 0; left--) await folded.first().click();
    expect(await page.evaluate(() => "broken" in window), place).toBe(false);
    expect(await page.locator("main img, main script").count(), place).toBe(0);
  }
  // It was there all the time, as text.
  await page.goto(`${server.url}/users`);
  await expect(page.getByText(user.name).first()).toBeVisible();
  await page.getByRole("button", { name: `Manage ${user.name}` }).click();
  await expect(page.getByRole("dialog").getByText(user.name)).toBeVisible();
  await page.goto(`${server.url}/tokens`);
  await page.getByRole("row", { name: token.name }).getByRole("button", { name: /Revoke/ }).click();
  await expect(page.getByRole("dialog").getByText(token.name)).toBeVisible();
  expect(await page.evaluate(() => "broken" in window)).toBe(false);
});
