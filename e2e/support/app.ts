import { resolve } from "node:path";
import AxeBuilder from "@axe-core/playwright";
import { type APIRequestContext, type BrowserContext, type Page, test as base, expect } from "@playwright/test";
import { FakeProvider, Server } from "./server";

export { expect };

export const operator = { name: "mika", password: "correct horse battery" };

/** A novel of three short chapters. */
export const novel = `銀河の旅
試験太郎
一　午後の授業
「ではみなさんは、そういうふうに川だと言われたり、乳の流れたあとだと言われたりしていた。」
先生は{中括弧}を黒板に書きました。
カムパネルラが手をあげました。それから四、五人手をあげました。${"ジョバンニも手をあげようとして、急いでそのままやめました。".repeat(12)}
${"たしかにあれがみんな星だと、いつか雑誌で読んだのでした。".repeat(12)}
二　活版所
ジョバンニが学校の門を出るとき、同じ組の七、八人は家へ帰らずに集まっていました。
三　家
ジョバンニが勢いよく帰って来たのは、ある裏町の小さな家でした。
`;

/** Two small novels as people have them. */
export const novels = resolve(import.meta.dirname, "../../crates/test-support/fixtures/novels");

type Worker = { fake: FakeProvider; server: Server };
type Test = { quiet: string[]; elsewhere: () => Promise<Page>; signedIn: Page; api: APIRequestContext };

export const test = base.extend<Test, Worker>({
  fake: [
    async ({}, use) => {
      const fake = await FakeProvider.start();
      await use(fake);
      await fake.stop();
    },
    { scope: "worker" },
  ],

  /** A server whose first administrator is made. */
  server: [
    async ({ fake, playwright }, use) => {
      const server = await Server.start(fake);
      const request = await playwright.request.newContext();
      const token = server.setupLink.split("token=")[1];
      const reply = await request.post(`${server.url}/api/v1/setup`, { data: { token, ...operator } });
      expect(reply.status()).toBe(201);
      await request.dispose();
      await use(server);
      await server.stop();
    },
    { scope: "worker" },
  ],

  /** What the pages of any test complain of: it fails where there is something. */
  quiet: [
    async ({ context }, use) => {
      const complaints: string[] = [];
      await listen(context, complaints);
      await use(complaints);
      expect(complaints).toEqual([]);
    },
    { auto: true },
  ],

  /** Opens a page of somebody else, in a browser without the session, which may complain no more than the test's own. */
  elsewhere: async ({ browser, quiet }, use) => {
    const contexts: BrowserContext[] = [];
    await use(async () => {
      const context = await browser.newContext();
      contexts.push(context);
      await listen(context, quiet);
      return context.newPage();
    });
    for (const context of contexts) await context.close();
  },

  signedIn: async ({ page, server }, use) => {
    const reply = await page.request.post(`${server.url}/api/v1/session`, { data: operator });
    expect(reply.ok()).toBe(true);
    await use(page);
  },

  /** The API with the same session as the page. */
  api: async ({ signedIn }, use) => {
    await use(signedIn.request);
  },
});

/** Notes what pages complain of: scripts that failed, errors on the console, breaches of the Content-Security-Policy. */
async function listen(context: BrowserContext, complaints: string[]): Promise<void> {
  context.on("weberror", (event) => complaints.push(event.error().message));
  context.on("console", (message) => {
    // The browser itself notes every reply of 400 and above: the tests provoke those.
    if (message.type() === "error" && !message.text().startsWith("Failed to load resource")) complaints.push(message.text());
  });
  await context.addInitScript(() => {
    document.addEventListener("securitypolicyviolation", ({ violatedDirective, blockedURI, sample }) => {
      console.error(`securitypolicyviolation: ${violatedDirective} ${blockedURI} ${sample}`);
    });
  });
}

/** Makes a work of `novel` through the API, with a prompt if `model` is given; its id. */
export async function makeWork(api: APIRequestContext, server: Server, model?: string): Promise<number> {
  const file = { name: "novel.txt", mimeType: "text/plain", buffer: Buffer.from(novel) };
  const reply = await api.post(`${server.url}/api/v1/works/import`, { multipart: { file } });
  expect(reply.status()).toBe(201);
  const { work } = await reply.json();
  if (model) {
    const data = { name: "House style", model, template: "Into {target_language}:\n{source_text}" };
    const made = await api.post(`${server.url}/api/v1/works/${work.id}/prompt`, { data });
    expect(made.status()).toBe(201);
  }
  return work.id;
}

/** The ids of a work's chapters, by number. */
export async function chapterIds(api: APIRequestContext, server: Server, work: number): Promise<number[]> {
  const reply = await api.get(`${server.url}/api/v1/works/${work}/chapters`);
  return (await reply.json()).items.map((chapter: { id: number }) => chapter.id);
}

/** Starts a run through the API and waits until it has ended; its id. */
export async function translate(api: APIRequestContext, server: Server, work: number, chapter: number): Promise<number> {
  const reply = await api.post(`${server.url}/api/v1/works/${work}/chapters/${chapter}/translations`);
  expect(reply.status()).toBe(202);
  const { id } = await reply.json();
  await expect(async () => {
    const run = await (await api.get(`${server.url}/api/v1/translations/${id}`)).json();
    expect(["completed", "failed"]).toContain(run.status);
  }).toPass();
  return id;
}

/** The page shows what is stored of the chapter's newest run: all of it, and once. */
export async function expectStored(page: Page, api: APIRequestContext, server: Server, work: number, chapter: number): Promise<void> {
  const runs = await (await api.get(`${server.url}/api/v1/works/${work}/chapters/${chapter}/translations`)).json();
  const segments = await (await api.get(`${server.url}/api/v1/translations/${runs.items[0].id}/segments`)).json();
  for (const { position, status, text } of segments.items) {
    if (status !== "completed") continue;
    const shown = page.locator(`#segment-${position} .pair-target .novel`);
    await expect.poll(async () => (await shown.textContent())?.trim()).toBe(text.trim());
  }
}

/** No violation of axe's rules on a desk's screen and on a phone's, in light and in dark. */
export async function expectAccessibleAtAnyWidth(page: Page): Promise<void> {
  for (const width of [390, 1360]) {
    await page.setViewportSize({ width, height: 900 });
    await expectAccessible(page);
  }
}

/** No violation of axe's rules, in light and in dark. */
export async function expectAccessible(page: Page): Promise<void> {
  for (const colorScheme of ["light", "dark"] as const) {
    await page.emulateMedia({ colorScheme });
    const { violations } = await new AxeBuilder({ page }).analyze();
    expect(violations.map((v) => `${colorScheme}: ${v.id}: ${v.nodes.map((n) => n.html).join(" | ")}`)).toEqual([]);
  }
}
