import { defineConfig } from "@playwright/test";
import base from "./playwright.config.ts";

/** Takes the pictures under `docs/screenshots`: `npm run screenshots`. */
export default defineConfig({
  ...base,
  testDir: "screenshots",
  outputDir: "test-results/screenshots",
  reporter: [["list"]],
});
