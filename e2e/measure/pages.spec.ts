// Measures the web app of the release binary, and beside it that of another binary (COLOPHON_BASELINE), turn about
// (A B A B …, medians). Prints a table; asserts nothing about time.
import { type Browser, type BrowserContext, type Page, test } from "@playwright/test";
import { operator } from "../support/app";
import { FakeProvider, Server } from "../support/server";

const rounds = Number(process.env.ROUNDS ?? 5);
/** A link of 1.6 Mbit/s with this round-trip time, and a processor a quarter as fast. */
const SLOW = { latencyMs: 150, bytesPerSecond: 1.6e6 / 8, cpuRate: 4 };

type Build = { name: string; server: Server; cookie: Awaited<ReturnType<BrowserContext["cookies"]>>; ids: Ids };
type Ids = { work: number; short: number; long: number; edited: number };

const figures = new Map<string, Map<string, number[]>>();

function note(figure: string, build: string, value: number): void {
  const builds = figures.get(figure) ?? new Map<string, number[]>();
  builds.set(build, [...(builds.get(build) ?? []), value]);
  figures.set(figure, builds);
}

const median = (values: number[]) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];

/** A chapter of so many segments: each paragraph is longer than a segment's target. */
const text = (segments: number) =>
  Array.from({ length: segments }, (_, index) => `${index + 1}。${"銀河の岸辺を走る汽車の窓から見えました。".repeat(16)}`).join("\n\n");

/** A template of 50,000 characters: instructions with a variable in each line, and the text. */
const longTemplate = `${"Keep the rhythm of {target_language} and the names as they are.\n".repeat(781)}{source_text}`;

async function prepare(browser: Browser, fake: FakeProvider, name: string, binary?: string): Promise<Build> {
  const server = await Server.start(fake, binary);
  const context = await browser.newContext();
  const api = context.request;
  const send = async (path: string, data: object) => {
    const reply = await api.post(`${server.url}/api/v1${path}`, { data });
    if (!reply.ok()) throw new Error(`${path}: ${reply.status()} ${await reply.text()}`);
    return reply.json();
  };
  await send("/setup", { token: server.setupLink.split("token=")[1], ...operator });
  for (let n = 0; n < 30; n += 1) await send("/works", { title: `小説 ${n}`, author: "作者", source_language: "ja", target_language: "en" });
  const work = (await send("/works", { title: "測定", author: "作者", source_language: "ja", target_language: "en" })).id;
  const short = (await send(`/works/${work}/chapters`, { title: "短い", source_text: text(40) })).id;
  const long = (await send(`/works/${work}/chapters`, { title: "長い", source_text: text(700) })).id;
  await send(`/works/${work}/prompt`, { name: "House style", model: "novel", template: "{source_text}" });
  const edited = (await send("/works", { title: "長い指示", author: "作者", source_language: "ja", target_language: "en" })).id;
  await send(`/works/${edited}/prompt`, { name: "House style", model: "novel", template: longTemplate });
  await fake.pace(0, 200);
  const { id } = await send(`/works/${work}/chapters/${short}/translations`, {});
  for (;;) {
    const run = await (await api.get(`${server.url}/api/v1/translations/${id}`)).json();
    if (run.status === "completed") break;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  const cookie = await context.cookies();
  await context.close();
  return { name, server, cookie, ids: { work, short, long, edited } };
}

/** A page with the session, in a browser without a cache, that notes when `found` first holds and each task over 50 ms. */
async function open(browser: Browser, build: Build): Promise<Page> {
  const context = await browser.newContext();
  await context.addCookies(build.cookie);
  await context.addInitScript(() => {
    const state = { tasks: [] as number[], keys: [] as number[] };
    Object.assign(window, { measured: state });
    new PerformanceObserver((list) => state.tasks.push(...list.getEntries().map((entry) => entry.duration))).observe({ type: "longtask", buffered: true });
    new PerformanceObserver((list) =>
      state.keys.push(...list.getEntries().filter((entry) => /^key|input/.test(entry.name)).map((entry) => entry.duration)),
    ).observe({ type: "event", durationThreshold: 16 } as PerformanceObserverInit);
  });
  return context.newPage();
}

/** Milliseconds from the start of the navigation until the page has `count` elements of `selector`. */
function until(page: Page, selector: string, count: number): Promise<number> {
  return page.evaluate(
    ([selector, count]) =>
      new Promise<number>((resolve) => {
        const look = () => {
          if (document.querySelectorAll(selector as string).length >= (count as number)) resolve(performance.now());
          else requestAnimationFrame(look);
        };
        look();
      }),
    [selector, count] as const,
  );
}

const worst = (page: Page, kind: "tasks" | "keys") =>
  page.evaluate((kind) => Math.max(0, ...(window as unknown as { measured: Record<string, number[]> }).measured[kind]), kind);

/** What comes before is the opening of the page. */
const forget = (page: Page) =>
  page.evaluate(() => Object.assign((window as unknown as { measured: object }).measured, { tasks: [], keys: [] }));

async function firstPaint(page: Page): Promise<number> {
  return page.evaluate(() => performance.getEntriesByName("first-contentful-paint")[0]?.startTime ?? Number.NaN);
}

async function slow(page: Page): Promise<void> {
  const session = await page.context().newCDPSession(page);
  await session.send("Emulation.setCPUThrottlingRate", { rate: SLOW.cpuRate });
  await session.send("Network.enable");
  await session.send("Network.emulateNetworkConditions", {
    offline: false,
    latency: SLOW.latencyMs,
    downloadThroughput: SLOW.bytesPerSecond,
    uploadThroughput: SLOW.bytesPerSecond,
  });
}

async function pages(browser: Browser, build: Build): Promise<void> {
  const { name, server, ids } = build;
  const page = await open(browser, build);
  await page.goto(server.url, { waitUntil: "commit" });
  note("works list usable, ms", name, await until(page, ".work-card a", 1));
  await page.goto(`${server.url}/works/${ids.work}/chapters/${ids.short}`, { waitUntil: "commit" });
  note("chapter of 40 segments usable, ms", name, await until(page, ".pair .pair-edit:not([hidden])", 40));
  await page.context().close();

  const slowly = await open(browser, build);
  await slow(slowly);
  await slowly.goto(server.url, { waitUntil: "commit" });
  note("slow: works list usable, ms", name, await until(slowly, ".work-card a", 1));
  note("slow: first contentful paint, ms", name, await firstPaint(slowly));
  await slowly.reload({ waitUntil: "commit" });
  note("slow: works list usable on a second visit, ms", name, await until(slowly, ".work-card a", 1));
  await slowly.context().close();
}

async function live(browser: Browser, build: Build, fake: FakeProvider): Promise<void> {
  const { name, server, ids } = build;
  await fake.pace(1, 60);
  const page = await open(browser, build);
  await page.goto(`${server.url}/works/${ids.work}/chapters/${ids.long}`);
  await page.waitForTimeout(1_000);
  await forget(page);
  await page.getByRole("button", { name: "Translate" }).first().click();
  await page.getByText("Complete", { exact: true }).first().waitFor({ timeout: 600_000 });
  await page.waitForTimeout(1_000);
  note("following 700 segments: longest task, ms", name, await worst(page, "tasks"));
  await page.context().close();
  const ended = await open(browser, build);
  await ended.goto(`${server.url}/works/${ids.work}/chapters/${ids.long}`, { waitUntil: "commit" });
  note("opening 700 segments, ms", name, await until(ended, ".pair .pair-edit:not([hidden])", 700));
  note("opening 700 segments: longest task, ms", name, await worst(ended, "tasks"));
  await ended.context().close();
}

async function typing(browser: Browser, build: Build): Promise<void> {
  const { name, server, ids } = build;
  const page = await open(browser, build);
  await page.goto(`${server.url}/works/${ids.edited}`);
  await page.getByRole("button", { name: "Edit Prompt" }).click();
  const template = page.getByRole("dialog").getByRole("textbox", { name: "Template" });
  await template.click();
  await page.keyboard.press("Control+End");
  await page.waitForTimeout(1_500);
  await forget(page);
  await page.keyboard.type("Keep it plain, {tone} and short.", { delay: 120 });
  await page.waitForTimeout(1_500);
  note("typing in 50,000 characters: longest task, ms", name, await worst(page, "tasks"));
  note("typing in 50,000 characters: slowest key to paint, ms", name, await worst(page, "keys"));
  await page.context().close();
}

test("measure", async ({ browser }) => {
  const fake = await FakeProvider.start();
  const builds = [await prepare(browser, fake, "this build")];
  if (process.env.COLOPHON_BASELINE) builds.push(await prepare(browser, fake, "baseline", process.env.COLOPHON_BASELINE));
  for (const build of builds) await pages(browser, build);
  figures.clear();
  for (let round = 0; round < rounds; round += 1) for (const build of builds) await pages(browser, build);
  for (const build of builds) await live(browser, build, fake);
  for (const build of builds) await typing(browser, build);
  const row = (cells: string[]) => console.log(`| ${cells.join(" | ")} |`);
  console.log(`\nMedians of ${rounds} rounds (long tasks: one). Slow: ${SLOW.cpuRate}× CPU, 1.6 Mbit/s, ${SLOW.latencyMs} ms round trip.`);
  row(["", ...builds.map((build) => build.name), "ratio"]);
  row(["---", ...builds.map(() => "---"), "---"]);
  for (const [figure, values] of figures) {
    const medians = builds.map((build) => median(values.get(build.name) ?? []));
    const ratio = medians.length > 1 ? (medians[0] / medians[1]).toFixed(2) : "";
    row([figure, ...medians.map((value) => value.toFixed(0)), ratio]);
  }
  for (const build of builds) await build.server.stop();
  await fake.stop();
});
