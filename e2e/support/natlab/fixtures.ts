import type { Browser } from "@playwright/test";
import { launchBrowser } from "../browsers.ts";
import { test as base } from "../fixtures.ts";
import { type NatLab, natLab } from "./lab.ts";

interface WorkerFixtures {
  /** One lab for all tests of a file: its routers, servers and cables are put back by whoever changed them. */
  lab: NatLab;
  /** A browser on each host, a's first. */
  homes: readonly [Browser, Browser];
}

export const test = base.extend<object, WorkerFixtures>({
  lab: [
    // biome-ignore lint/correctness/noEmptyPattern: Playwright reads the fixture's needs from this pattern.
    async ({}, use) => {
      const lab = await natLab();
      await use(lab);
      await lab.remove();
    },
    { scope: "worker" },
  ],
  homes: [
    async ({ lab }, use) => {
      const browsers = [
        await launchBrowser(lab.computer("a")),
        await launchBrowser(lab.computer("b")),
      ] as const;
      await use(browsers);
      await Promise.all(browsers.map((browser) => browser.close()));
    },
    { scope: "worker" },
  ],
});

export { expect } from "@playwright/test";
