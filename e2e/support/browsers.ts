import { existsSync } from "node:fs";
import { join } from "node:path";
import { type Browser, chromium } from "@playwright/test";
import { PATHS } from "./paths.ts";
import type { Picture } from "./pictures.ts";

const SYSTEM_BROWSERS = [
  "/usr/bin/chromium",
  "/usr/bin/chromium-browser",
  "/usr/bin/google-chrome-stable",
  "/usr/bin/google-chrome",
];

/** The browser to use: the one named, else the system's, else (undefined) Playwright's own. */
export function executablePath(): string | undefined {
  return process.env["CHROMIUM_PATH"] ?? SYSTEM_BROWSERS.find((path) => existsSync(path));
}

/** What the computer that the browser runs on has. */
export interface Computer {
  /** The picture its camera shows; without one, Chromium's own test picture. */
  readonly picture?: Picture;
  /** No camera at all; Chromium's fake microphone is always there. */
  readonly camera?: "none";
  /** A wrapper that starts the browser somewhere else, for example on a host of the lab. */
  readonly executable?: string;
  /** Slows down the timers of hidden tabs, as browsers of people do; Playwright's do not. */
  readonly throttles?: true;
  readonly args?: readonly string[];
}

/** What Playwright adds so that a hidden tab runs like a shown one. */
const NEVER_THROTTLED = [
  "--disable-background-timer-throttling",
  "--disable-backgrounding-occluded-windows",
  "--disable-renderer-backgrounding",
];

/** Starts a Chromium with fake devices that captures real (encoded, decoded) media. */
export function launchBrowser({
  picture,
  camera,
  executable,
  throttles,
  args = [],
}: Computer = {}): Promise<Browser> {
  const path = executable ?? executablePath();
  return chromium.launch({
    ...(path === undefined ? {} : { executablePath: path }),
    headless: true,
    ...(throttles && { ignoreDefaultArgs: [...NEVER_THROTTLED] }),
    args: [
      "--no-sandbox",
      "--disable-gpu",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
      "--autoplay-policy=no-user-gesture-required",
      camera === "none"
        ? "--use-fake-device-for-media-stream=device-count=0"
        : "--use-fake-device-for-media-stream",
      ...(picture === undefined
        ? []
        : [`--use-file-for-fake-video-capture=${join(PATHS.pictures, `${picture}.y4m`)}`]),
      ...args,
    ],
  });
}
