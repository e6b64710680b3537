import type { APIRequestContext, Page } from "@playwright/test";
import { chapterIds, expect, expectAccessible, makeWork, test, translate } from "../support/app";
import { listRuns, runCards, startRun } from "../support/chapter";
import { ask } from "../support/filled";
import type { FakeProvider, Server } from "../support/server";

// What comes with an answer and is no translation: reasoning, the provider's account, its messages, its rate limits.

const json = { "content-type": "application/json" };

const data = (chunk: object) => `data: ${JSON.stringify({ object: "chat.completion.chunk", model: "novel-1", ...chunk })}\n\n`;
const delta = (delta: object, finish_reason: string | null = null) => data({ choices: [{ index: 0, delta, finish_reason }] });

/** A work with the page on one of its chapters: the first has several segments, the second has one. */
async function openChapter(page: Page, api: APIRequestContext, server: Server, fake: FakeProvider, number: number) {
  await fake.pace(0, 64);
  const work = await makeWork(api, server, "novel");
  const chapter = (await chapterIds(api, server, work))[number - 1];
  const open = async () => {
    await page.goto(`${server.url}/works/${work}/chapters/${chapter}`);
    await expect(page.locator("main h1")).toBeVisible();
  };
  return { work, chapter, open };
}

test("reasoning is no part of the text: it is folded at the attempt, and loaded when it is opened", async ({ signedIn: page, api, server, fake }) => {
  const { work, chapter, open } = await openChapter(page, api, server, fake, 2);
  const usage = {
    prompt_tokens: 100,
    completion_tokens: 50,
    total_tokens: 150,
    prompt_tokens_details: { cached_tokens: 40 },
    completion_tokens_details: { reasoning_tokens: 20 },
    cost: 0.0042,
  };
  const chunks = [
    delta({ reasoning_content: "A school at dusk." }),
    delta({ content: "<think>Seven or eight pupils?</think>\n\n" }),
    delta({ content: "At the gate they waited." }),
    delta({}, "stop"),
    data({ choices: [], usage }),
    "data: [DONE]\n\n",
  ];
  await fake.script({ model: "novel", chunks });
  await translate(api, server, work, chapter);
  await open();
  const segment = page.locator("#segment-1");
  await expect(segment.locator(".pair-target > .novel")).toHaveText("At the gate they waited.");
  await expect(runCards(page).first()).toContainText("150 tokens (40 cached, 20 reasoning)");
  await expect(runCards(page).first()).toContainText(/\$[\d.]+ by the catalogue, \$0\.0042\d* by the provider/);
  await expect(page.getByText("Seven or eight pupils?")).toHaveCount(0);

  const loaded: string[] = [];
  page.on("request", (request) => {
    const part = /\/(removed|reasoning)$/.exec(request.url());
    if (part) loaded.push(part[1]);
  });
  await page.getByRole("button", { name: "Attempts segment 1" }).click();
  const attempt = page.getByRole("dialog").locator(".attempt");
  await expect(attempt).toContainText("150 tokens (40 cached, 20 reasoning)");
  await expect(attempt).toContainText("by the provider");
  await expect(attempt.locator(".novel")).toHaveText("At the gate they waited.");
  expect(loaded).toEqual([]);
  await attempt.getByText(/^Removed from the answer \(\d+ characters\)$/).click();
  await expect(attempt.getByText("Before the text:")).toBeVisible();
  await expect(attempt.locator("pre", { hasText: "Seven or eight pupils?" })).toBeVisible();
  expect(loaded).toEqual(["removed"]);
  await attempt.getByText("Reasoning beside the answer (17 bytes)").click();
  await expect(attempt.locator("pre", { hasText: "A school at dusk." })).toBeVisible();
  expect(loaded).toEqual(["removed", "reasoning"]);
  await expectAccessible(page);
});

test("text that turns out to be reasoning is taken away from a reader who has seen it", async ({ signedIn: page, api, server, fake }) => {
  const { work, chapter, open } = await openChapter(page, api, server, fake, 2);
  // A closing tag without an opening one: all before it was reasoning.
  const chunks = [
    delta({ content: "The pupils wait at the gate, so I should write that. " }),
    delta({ content: "</think>\n\n" }),
    delta({ content: "At the gate they waited." }),
    delta({}, "stop"),
    "data: [DONE]\n\n",
  ];
  await fake.script({ model: "novel", chunks, delay_ms: 1_500 });
  await open();
  await startRun(api, server, work, chapter);
  await page.reload();
  const text = page.locator("#segment-1 .pair-target > .novel");
  await expect(text).toContainText("I should write that.");
  await expect(text).toHaveText("At the gate they waited.", { timeout: 20_000 });
  await expect(runCards(page).first().getByText("Complete", { exact: true })).toBeVisible();
});

test("a segment that the provider refuses is listed with the provider's words while the others go on", async ({ signedIn: page, api, server, fake }) => {
  const { work, chapter, open } = await openChapter(page, api, server, fake, 1);
  const message = "This model's maximum context length is 8192 tokens.";
  await fake.script({ model: "novel", status: 400, headers: json, chunks: [JSON.stringify({ error: { message, code: "context_length_exceeded" } })] });
  await fake.pace(300, 8);
  const run = await startRun(api, server, work, chapter);
  await open();
  const card = runCards(page).first();
  await expect(card.getByText("1 segment failed, the others go on")).toBeVisible();
  await expect(card.locator(".run-failed")).toContainText(message);
  await card.getByRole("button", { name: "Segment 1" }).click();
  await expect(page.locator("#segment-1")).toBeFocused();
  await expectAccessible(page);
  await fake.pace(0, 64);
  await expect.poll(async () => (await listRuns(api, server, work, chapter))[0].status, { timeout: 60_000 }).toBe("failed");
  await expect(card.getByText("Failed", { exact: true })).toBeVisible();
  await expect(card.locator(".run-failed")).toHaveCount(0);
  const { items } = await ask(api, server, "GET", `/translations/${run}/segments`);
  expect(items.map((segment: { status: string }) => segment.status)).toEqual(["failed", ...Array(items.length - 1).fill("completed")]);

  await page.getByRole("button", { name: "Attempts segment 1" }).click();
  const attempt = page.getByRole("dialog").locator(".attempt");
  await expect(attempt).toContainText("failed");
  await expect(attempt).toContainText("context_length_exceeded");
  await expect(attempt.getByText(message)).toHaveCount(1);
});

test("a run that waits for a rate limit says until when, and can be cancelled meanwhile", async ({ signedIn: page, api, server, fake }) => {
  const { work, chapter, open } = await openChapter(page, api, server, fake, 2);
  const refusal = JSON.stringify({ error: { message: "Rate limit reached.", code: "rate_limit_exceeded" } });
  await fake.script({ model: "novel", status: 429, headers: { ...json, "retry-after": "120" }, chunks: [refusal] });
  await startRun(api, server, work, chapter);
  await open();
  const card = runCards(page).first();
  await expect(card.getByText("Waiting for a rate limit")).toBeVisible();
  const notice = card.locator(".notice");
  await expect(notice).toContainText("goes on by itself at");
  await expect(notice.locator("time")).toHaveText(/^\d+:\d{2}:\d{2}/);
  await expect(notice).toContainText("requests_per_minute of “fake”");
  await expectAccessible(page);
  await card.getByRole("button", { name: "Cancel the translation" }).click();
  await expect(card.getByText("Cancelled", { exact: true })).toBeVisible();
  await expect(notice).toHaveCount(0);
});
