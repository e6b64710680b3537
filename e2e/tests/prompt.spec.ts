import { expect, expectAccessible, makeWork, operator, test } from "../support/app";

test("an edit on a stale version loses nothing and can be merged", async ({ signedIn: page, api, server }) => {
  const work = await makeWork(api, server, "novel");
  const versions = `${server.url}/api/v1/works/${work}/prompt/versions`;
  const append = (data: object) => api.post(versions, { data });
  const lines = ["Be plain.", "Keep names.", "", "{source_text}"];
  await append({ model: "novel", template: lines.join("\n"), base_version: 1 });

  await page.goto(`${server.url}/works/${work}`);
  await page.getByRole("button", { name: "Edit Prompt" }).click();
  const editor = page.getByRole("dialog");
  const template = editor.getByRole("textbox", { name: "Template" });
  await template.fill(["Be plain.", "Keep names.", "", "{source_text}", "Mind the rhythm."].join("\n"));
  // Meanwhile somebody else changes another line.
  await append({ model: "novel", template: ["Be warm.", ...lines.slice(1)].join("\n"), base_version: 2 });
  await page.keyboard.press("Control+Enter");

  await expect(editor.getByText("Version 3 was saved while you were editing version 2.")).toBeVisible();
  await expect(template).toHaveValue(/Mind the rhythm\./);
  await editor.getByRole("button", { name: "Merge both" }).click();
  await expect(template).toHaveValue(["Be warm.", "Keep names.", "", "{source_text}", "Mind the rhythm."].join("\n"));
  await editor.getByRole("button", { name: "Save version 4" }).click();
  await expect(editor).toBeHidden();

  const latest = (await (await api.get(`${server.url}/api/v1/works/${work}/prompt`)).json()).latest_version;
  expect(latest.number).toBe(4);
  expect(latest.template).toContain("Be warm.");
  expect(latest.template).toContain("Mind the rhythm.");
  expect(latest.author.name).toBe(operator.name);
});

test("an invalid template cannot be saved, and says why where it is wrong", async ({ signedIn: page, api, server }) => {
  const work = await makeWork(api, server, "novel");
  await page.goto(`${server.url}/works/${work}`);
  await page.getByRole("button", { name: "Edit Prompt" }).click();
  const editor = page.getByRole("dialog");
  await editor.getByRole("textbox", { name: "Template" }).fill("{sorce_text} and {0} and }");
  await expect(editor.getByText("There is no variable “sorce_text”")).toBeVisible();
  await page.keyboard.press("Control+Enter");
  await expect(editor).toBeVisible();
  await expectAccessible(page);
  const prompt = await (await api.get(`${server.url}/api/v1/works/${work}/prompt`)).json();
  expect(prompt.latest_version.number).toBe(1);

  // Leaving asks; nothing typed is lost by a slip.
  await page.keyboard.press("Escape");
  await expect(editor.getByText("What you typed would be lost.").first()).toBeVisible();
  await page.getByRole("button", { name: "Keep editing" }).click();
  await expect(editor.getByRole("textbox", { name: "Template" })).toHaveValue("{sorce_text} and {0} and }");
});

test("a variable between doubled braces is corrected by a click, and asked about before it is saved", async ({ signedIn: page, api, server }) => {
  const work = await makeWork(api, server, "novel");
  const latest = async () => (await (await api.get(`${server.url}/api/v1/works/${work}/prompt`)).json()).latest_version;
  await page.goto(`${server.url}/works/${work}`);
  await page.getByRole("button", { name: "Edit Prompt" }).click();
  const editor = page.getByRole("dialog");
  const template = editor.getByRole("textbox", { name: "Template" });

  // One place: the button beside it corrects it, and the browser's own undo takes that back.
  await template.fill("Calmly:\n{{ source_text }}");
  await expect(editor.getByText("1 variable has doubled braces")).toBeVisible();
  await expect(editor.getByRole("button", { name: /^2:1/ })).toBeVisible();
  await editor.getByRole("button", { name: "Use {source_text}", exact: true }).click();
  await expect(template).toHaveValue("Calmly:\n{source_text}");
  await expect(editor.getByText("1 variable has doubled braces")).toBeHidden();
  await page.keyboard.press("Control+z");
  await expect(template).toHaveValue("Calmly:\n{{ source_text }}");

  // Several: all at once.
  await template.fill("{{work_title}} and {{preceding}}:\n{source_text}");
  await expect(editor.getByText("2 variables have doubled braces")).toBeVisible();
  await editor.getByRole("button", { name: "Use single braces for all" }).click();
  await expect(template).toHaveValue("{work_title} and {preceding}:\n{source_text}");

  // Saving asks; nothing is saved until that is answered.
  await template.fill("Calmly, {{preceding}}:\n{{source_text}}");
  await page.keyboard.press("Control+Enter");
  const question = editor.getByRole("alertdialog");
  await expect(question.getByText("Are {{preceding}}, {{source_text}} with doubled braces meant as text?")).toBeVisible();
  await expect(question.getByRole("button", { name: "Use single braces and save" })).toBeFocused();
  await expectAccessible(page);
  expect((await latest()).number).toBe(1);
  await question.getByRole("button", { name: "Keep editing" }).click();
  await expect(question).toBeHidden();
  await editor.getByRole("button", { name: "Save version 2" }).click();
  await question.getByRole("button", { name: "Use single braces and save" }).click();
  await expect(editor).toBeHidden();
  expect((await latest()).template).toBe("Calmly, {preceding}:\n{source_text}");

  // Who means the braces saves them as they are.
  await page.getByRole("button", { name: "Edit Prompt" }).click();
  await template.fill("Write {{instruction}} as it is:\n{source_text}");
  await editor.getByRole("button", { name: "Save version 3" }).click();
  await expect(question.getByText("Is {{instruction}} with doubled braces meant as text?")).toBeVisible();
  await question.getByRole("button", { name: "Save as it is" }).click();
  await expect(editor).toBeHidden();
  expect((await latest()).template).toBe("Write {{instruction}} as it is:\n{source_text}");
});

test("a variable with the name of a built-in one is renamed by a click, in the template too", async ({ signedIn: page, api, server }) => {
  const work = await makeWork(api, server, "novel");
  await page.goto(`${server.url}/works/${work}`);
  await page.getByRole("button", { name: "Edit Prompt" }).click();
  const editor = page.getByRole("dialog");
  const template = editor.getByRole("textbox", { name: "Template" });
  await template.fill("{volume_title}: {source_text}");
  await editor.getByText("Variables to insert").click();
  await expect(editor.getByText("The title of the volume that the chapter is in")).toBeVisible();
  await editor.getByRole("button", { name: "Add a variable" }).click();
  await editor.getByRole("textbox", { name: "Name", exact: true }).last().fill("volume_title");
  await editor.getByRole("textbox", { name: "Value" }).fill("Book one");
  await editor.getByRole("button", { name: "Rename it to own_volume_title" }).click();
  await expect(template).toHaveValue("{own_volume_title}: {source_text}");
  await editor.getByRole("button", { name: "Save version 2" }).click();
  await expect(editor).toBeHidden();
  const prompt = await (await api.get(`${server.url}/api/v1/works/${work}/prompt`)).json();
  expect(prompt.latest_version.parameters.variables).toEqual({ own_volume_title: "Book one" });
});

test("a change of the name alone makes no version", async ({ signedIn: page, api, server }) => {
  const work = await makeWork(api, server, "novel");
  await page.goto(`${server.url}/works/${work}`);
  await page.getByRole("button", { name: "Edit Prompt" }).click();
  const editor = page.getByRole("dialog");
  await editor.getByLabel("Name", { exact: true }).fill("Quiet style");
  await editor.getByRole("button", { name: "Save the name" }).click();
  await expect(editor).toBeHidden();
  await expect(page.getByText("Quiet style").first()).toBeVisible();
  const prompt = await (await api.get(`${server.url}/api/v1/works/${work}/prompt`)).json();
  expect([prompt.name, prompt.latest_version.number]).toEqual(["Quiet style", 1]);
});

test("history, versions and comparisons have addresses, and the back button goes back", async ({ signedIn: page, api, server }) => {
  const work = await makeWork(api, server, "novel");
  const data = { model: "demo", template: "Into {target_language}, warmly:\n{source_text}", parameters: { temperature: 0.3 }, base_version: 1 };
  await api.post(`${server.url}/api/v1/works/${work}/prompt/versions`, { data });

  await page.goto(`${server.url}/works/${work}/compare?from=1&to=2&view=split`);
  await expect(page.getByRole("heading", { name: "Version 1 and version 2" })).toBeVisible();
  await expect(page.getByText("/temperature")).toBeVisible();
  await expectAccessible(page);
  await page.reload();
  await expect(page.getByText("/temperature")).toBeVisible();

  await page.goto(`${server.url}/works/${work}/history`);
  await expect(page.getByRole("table", { name: "Versions, newest first" }).getByRole("row")).toHaveCount(3);
  await expectAccessible(page);
  await page.getByRole("link", { name: /v1 · novel/ }).first().click();
  await expect(page).toHaveURL(/\/history\/1$/);
  await expect(page.getByRole("heading", { name: "Version 1" })).toBeVisible();
  await page.goBack();
  await expect(page.getByRole("heading", { name: "History of the prompt" })).toBeVisible();
});
