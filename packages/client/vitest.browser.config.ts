import { existsSync } from "node:fs";
import { playwright } from "@vitest/browser-playwright";
import { defineConfig } from "vitest/config";
import { LIGHT_LIBRARIES } from "./bundling/aliases.mjs";
import { mediaCommands } from "./test/commands/media-commands.ts";
import { networkCommands } from "./test/commands/network-commands.ts";
import { turnCommands } from "./test/commands/turn-commands.ts";

const installed = [
  "/usr/bin/chromium",
  "/usr/bin/chromium-browser",
  "/usr/bin/google-chrome-stable",
  "/usr/bin/google-chrome",
].find((path) => existsSync(path));
// Undefined: Playwright's own download.
const executablePath = process.env["CHROMIUM_PATH"] ?? installed;

/** One browser whose fake media devices, and nothing else, differ by `flags`. */
const chromium = (name: string, include: string, flags: readonly string[]) => ({
  browser: "chromium" as const,
  name,
  include: [include],
  provider: playwright({
    launchOptions: {
      ...(executablePath === undefined ? {} : { executablePath }),
      args: [
        "--no-sandbox",
        "--disable-gpu",
        "--disable-quic",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        "--autoplay-policy=no-user-gesture-required",
        ...flags,
      ],
    },
    contextOptions: { permissions: ["camera", "microphone"] },
  }),
});

// The adapters are tested in the browser that they adapt: nothing of WebRTC, capture, storage or locks is mocked.
export default defineConfig({
  resolve: {
    conditions: ["@serendip/source", "module", "browser", "import", "default"],
    alias: [...LIGHT_LIBRARIES],
  },
  optimizeDeps: { include: ["simple-peer", "socket.io-client"] },
  test: {
    name: "client-browser",
    testTimeout: 30_000,
    fileParallelism: false,
    // After all others: media needs the machine for itself.
    sequence: { groupOrder: 1 },
    browser: {
      enabled: true,
      headless: true,
      screenshotFailures: false,
      provider: playwright(),
      commands: { ...mediaCommands, ...networkCommands, ...turnCommands },
      instances: [
        chromium("client-browser:devices", "test/**/*.browser.ts", ["--use-fake-device-for-media-stream"]),
        chromium("client-browser:no-camera", "test/**/*.no-camera.ts", [
          "--use-fake-device-for-media-stream=device-count=0",
        ]),
      ],
    },
  },
});
