import type { APIRequestContext, Page } from "@playwright/test";
import { chapterIds, expect, expectAccessible, makeWork, test, translate } from "../support/app";

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

test("somebody is invited, sees what their role allows, and is out at the next request once disabled", async ({ signedIn: page, api, server, elsewhere }) => {
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

  const theirs = await elsewhere();
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

  // A link works once; pasted into a page that is open already, it is taken up as well.
  await theirs.goto(`${server.url}/password`);
  await expect(theirs.getByRole("heading", { name: "The link is not whole" })).toBeVisible();
  await theirs.goto(link);
  await expect(theirs.getByRole("heading", { name: "Set your password" })).toBeVisible();
  expect(theirs.url()).toBe(`${server.url}/password`);
  await theirs.getByLabel("Password").fill("another long password");
  await theirs.getByRole("button", { name: "Set the password" }).click();
  await expect(theirs.getByText("The link cannot be used").first()).toBeVisible();
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
  test.setTimeout(120_000);
  const work = await makeWork(api, server, "novel");
  await page.goto(`${server.url}/tokens`);
  await page.getByRole("button", { name: "Make a token" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByRole("button", { name: "Make the token" }).click();
  await expect(dialog.getByText("Must not be empty.")).toBeVisible();
  await dialog.getByLabel("Name").fill("nightly import");
  await dialog.getByLabel(/^Write/).check();
  await expect(dialog.getByLabel(/^Read/)).toBeChecked();
  // The server searches: any work is found, also those that no list shows at first.
  const where = dialog.getByRole("combobox", { name: "Where" });
  await expect(where).toHaveValue("All works");
  await where.fill("nothing is called so");
  await expect(dialog.getByText("Nothing matches.")).toBeVisible();
  await where.fill("銀河の");
  await dialog.getByRole("option", { name: `work ${work}` }).click();
  await expect(where).toHaveValue("銀河の旅");
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
  const ofWork = page.getByRole("combobox", { name: "Work" });
  await ofWork.click();
  await page.getByRole("option", { name: `work ${work}` }).click();
  await page.getByRole("button", { name: "Filter" }).click();
  await expect(page).toHaveURL(`${server.url}/audit?action=token_revoked&work=${work}`);
  await page.reload();
  await expect(ofWork).toHaveValue("銀河の旅");
  await expectAccessible(page);
  await ofWork.click();
  await page.getByRole("option", { name: "All works" }).click();
  await page.getByRole("button", { name: "Filter" }).click();
  await expect(page).toHaveURL(/\?action=token_revoked$/);
  await expect(table.getByRole("row", { name: /Work updated/ })).toHaveCount(0);
  await expect(table.getByRole("row", { name: /Token revoked/ }).first()).toBeVisible();
  const href = await page.getByRole("link", { name: "Export as JSON Lines" }).getAttribute("href");
  const lines = (await (await api.get(server.url + href)).text()).trim().split("\n");
  expect(new Set(lines.map((line) => JSON.parse(line).action))).toEqual(new Set(["token_revoked"]));
  await page.getByLabel("What").selectOption("");
  await page.getByLabel("Who").selectOption("Colophon itself");
  await page.getByRole("button", { name: "Filter" }).click();
  await expect(page).toHaveURL(/\?who=system$/);
  const itself = (await (await api.get(`${server.url}/api/v1/audit?actor_kind=system`)).json()).items.length;
  await expect(table.getByRole("button", { name: /^Details/ })).toHaveCount(itself);
  await page.goto(`${server.url}/audit`);
  await expect(table.getByRole("row", { name: /Work updated/ }).first()).toBeVisible();
});

test("one changes one's own password, and other sessions end", async ({ signedIn: page, server, elsewhere }) => {
  await page.goto(`${server.url}/users`);
  const link = await invite(page, "changer", "viewer");
  const theirs = await elsewhere();
  await theirs.goto(link);
  await theirs.getByLabel("Password").fill("the first password");
  await theirs.getByRole("button", { name: "Set the password" }).click();
  await expect(theirs.getByRole("heading", { name: "Works", exact: true })).toBeVisible();
  const another = await elsewhere();
  const signIn = { name: "changer", password: "the first password" };
  expect((await another.request.post(`${server.url}/api/v1/session`, { data: signIn })).status()).toBe(201);

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
  expect((await another.request.get(`${server.url}/api/v1/session`)).status()).toBe(401);
  expect((await theirs.request.get(`${server.url}/api/v1/session`)).status()).toBe(200);
  await theirs.getByRole("main").getByRole("button", { name: "Sign out" }).click();
  await expect(theirs).toHaveURL(/\/sign-in/);
});
