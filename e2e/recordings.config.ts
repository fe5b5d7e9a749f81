import { defineConfig } from "@playwright/test";
import base from "./playwright.config.ts";

/** Records anew what unit tests take for the words of real browsers: `npm run record-stats`. */
export default defineConfig({
  ...base,
  testDir: "recordings",
  outputDir: "test-results/recordings",
  reporter: [["list"]],
});
