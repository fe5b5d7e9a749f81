import type { Browser } from "puppeteer-core";
import { launchFirefox } from "../firefox/launch.ts";
import { type FirefoxPerson, openInFirefox } from "../firefox/person.ts";
import { type Bridge, bridgeTo } from "./bridge.ts";
import { test as base } from "./fixtures.ts";
import type { Host } from "./topology.ts";

interface TestFixtures {
  /** A person in a Firefox of their own on that host, at the product's page. */
  firefoxOn: (host: Host) => Promise<FirefoxPerson>;
}

interface Home {
  readonly bridge: Bridge;
  readonly browser: Browser;
}

interface WorkerFixtures {
  /** A Firefox on each host, a's first. */
  foxes: readonly [Browser, Browser];
}

export const test = base.extend<TestFixtures, WorkerFixtures>({
  foxes: [
    async ({ lab }, use) => {
      const home = async (host: Host): Promise<Home> => {
        const bridge = await bridgeTo(host);
        return { bridge, browser: await launchFirefox({ ...lab.firefox(host), port: bridge.port }) };
      };
      const [a, b] = await Promise.all([home("a"), home("b")]);
      await use([a.browser, b.browser]);
      for (const { browser, bridge } of [a, b]) {
        await browser.close();
        await bridge.close();
      }
    },
    { scope: "worker", timeout: 90_000 },
  ],
  firefoxOn: async ({ lab, foxes }, use, testInfo) => {
    const people: FirefoxPerson[] = [];
    await use(async (host) => {
      const person = await openInFirefox(foxes[host === "a" ? 0 : 1], lab.origin);
      people.push(person);
      return person;
    });
    if (testInfo.status !== testInfo.expectedStatus)
      for (const [index, person] of people.entries())
        await testInfo.attach(`firefox-${index + 1}.log`, { body: await person.diary() });
    await Promise.all(people.map((person) => person.close()));
  },
});

export { expect } from "@playwright/test";
