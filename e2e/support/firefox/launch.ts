import { existsSync } from "node:fs";
import { type Browser, launch } from "puppeteer-core";

const SYSTEM_FIREFOXES = ["/usr/bin/firefox-esr", "/usr/bin/firefox"];

/** The Firefox to use: the one named, else the system's. */
export function firefoxPath(): string {
  const path = process.env["FIREFOX_PATH"] ?? SYSTEM_FIREFOXES.find((place) => existsSync(place));
  if (path === undefined) throw new Error("These tests need Firefox: apt-get install firefox-esr");
  return path;
}

export interface FirefoxOptions {
  /** A wrapper that starts the browser somewhere else, for example on a host of the lab. */
  readonly executable?: string;
  /** The port of its WebDriver BiDi; a free one by default. */
  readonly port?: number;
  /** A host name or address whose pages count as secure without https, so that they may ask for the camera. */
  readonly secureHost?: string;
}

/**
 * Starts a Firefox with fake devices that captures real (encoded, decoded) media, by WebDriver BiDi: Playwright drives only a
 * Firefox of its own build.
 */
export function launchFirefox({ executable, port, secureHost }: FirefoxOptions = {}): Promise<Browser> {
  return launch({
    browser: "firefox",
    executablePath: executable ?? firefoxPath(),
    headless: true,
    timeout: 60_000,
    defaultViewport: null,
    ...(port === undefined ? {} : { debuggingPort: port }),
    extraPrefsFirefox: {
      "media.navigator.streams.fake": true,
      "media.navigator.permission.disabled": true,
      "media.autoplay.default": 0,
      "media.autoplay.blocking_policy": 0,
      "media.peerconnection.ice.loopback": true,
      ...(secureHost === undefined ? {} : { "dom.securecontext.allowlist": secureHost }),
    },
  });
}
