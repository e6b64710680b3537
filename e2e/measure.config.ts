import { defineConfig } from "@playwright/test";
import tests from "./playwright.config";

/** Measures instead of testing: `./just bench-web`. */
export default defineConfig({
  ...tests,
  testDir: "measure",
  workers: 1,
  timeout: 900_000,
  reporter: [["line"]],
  use: { ...tests.use, trace: "off" },
});
