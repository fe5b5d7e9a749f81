import { defineConfig } from "@playwright/test";
import base from "./playwright.config.ts";

/**
 * `npm run screenshots` takes the pictures under `docs/screenshots`, and for whoever changes a style sheet those of every
 * state of the gallery, under `test-results/states`.
 */
export default defineConfig({
  ...base,
  testDir: "screenshots",
  outputDir: "test-results/screenshots",
  reporter: [["list"]],
});
