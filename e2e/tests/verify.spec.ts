import { chapterIds, expect, expectAccessible, makeWork, test, translate } from "../support/app";

test("a history and a run are checked where they are read", async ({ signedIn: page, api, server, fake }) => {
  await fake.pace(0, 64);
  const work = await makeWork(api, server, "novel");
  const [chapter] = await chapterIds(api, server, work);
  await translate(api, server, work, chapter);
  const appended = await api.post(`${server.url}/api/v1/works/${work}/prompt/versions`, {
    data: { model: "novel", template: "Plainly, into {target_language}:\n{source_text}", base_version: 1 },
  });
  const { chain_hash: head } = await appended.json();

  await page.goto(`${server.url}/works/${work}/history`);
  const check = page.getByRole("button", { name: "Check this history" });
  await check.click();
  await expect(page.getByText("2 versions checked: each is as its hashes say.")).toBeVisible();
  await expect(page.getByText(head)).toBeVisible();
  await expect(check).toBeFocused();
  await expectAccessible(page);

  await page.goto(`${server.url}/works/${work}/chapters/${chapter}`);
  await page.getByRole("button", { name: "Check this run" }).click();
  await expect(page.getByText(/\d+ events checked: nothing contradicts what made them\./)).toBeVisible();
  await expectAccessible(page);

  // What does not fit is told in words, with the place.
  await page.route("**/prompt/verify", (route) =>
    route.fulfill({
      json: {
        work_id: work,
        prompt_id: 1,
        verified: false,
        versions: 1,
        head: null,
        mismatch: {
          code: "content_hash",
          place: { version_number: 2, translation_id: null, position: null, attempt_id: null, event: null },
          expected: "aa11",
          found: "bb22",
          detail: "A version's content does not hash to its content hash.",
        },
      },
    }),
  );
  await page.goto(`${server.url}/works/${work}/history`);
  await check.click();
  await expect(page.getByText("1 version checked before something was found")).toBeVisible();
  await expect(page.getByText("A version's content does not hash to its content hash.")).toBeVisible();
  await expect(page.getByRole("code").filter({ hasText: "version 2" })).toBeVisible();
  await expectAccessible(page);
});
