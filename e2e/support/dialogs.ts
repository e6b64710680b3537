import { type Page, expect } from "@playwright/test";

/** Answers every browser dialog of a page (`confirm` and `beforeunload`), and records their types. */
export class Dialogs {
  private types: string[] = [];

  constructor(
    page: Page,
    /** The answer to the next dialogs. */
    public answer: "accept" | "dismiss",
  ) {
    page.on("dialog", async (dialog) => {
      this.types.push(dialog.type());
      await dialog[this.answer]();
    });
  }

  /** Expects that dialogs of exactly these types opened since the last call. */
  async expectOpened(...types: string[]): Promise<void> {
    await expect.poll(() => this.types).toEqual(types);
    this.types = [];
  }
}

/**
 * Presses the back button. A navigation that the page refuses never completes, so a timeout is not an error: callers
 * check where the page is.
 */
export async function pressBack(page: Page): Promise<void> {
  await page.goBack({ timeout: 2_000 }).catch(() => null);
}

/** Takes the focus from every control, so that single keys are shortcuts. */
export async function blur(page: Page): Promise<void> {
  await page.evaluate(() => (document.activeElement as HTMLElement | null)?.blur());
}
