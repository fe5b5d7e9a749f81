import type { Browser } from "puppeteer-core";
import { test as base } from "../fixtures.ts";
import { launchFirefox } from "./launch.ts";
import { type FirefoxPerson, openInFirefox } from "./person.ts";

interface TestFixtures {
  /** A person in a window of Firefox, at the product's page or another one of the same site. */
  firefoxPerson: (path?: string) => Promise<FirefoxPerson>;
}

interface WorkerFixtures {
  /** The Firefox that all of a file share; each person has a profile of their own. */
  firefox: Browser;
}

export const test = base.extend<TestFixtures, WorkerFixtures>({
  firefox: [
    // biome-ignore lint/correctness/noEmptyPattern: Playwright reads the fixture's needs from this pattern.
    async ({}, use) => {
      const browser = await launchFirefox();
      await use(browser);
      await browser.close();
    },
    { scope: "worker", timeout: 90_000 },
  ],
  firefoxPerson: async ({ firefox, signaling, web }, use, testInfo) => {
    // The server is a need of every person.
    void signaling;
    const people: FirefoxPerson[] = [];
    await use(async (path = "/") => {
      const person = await openInFirefox(firefox, `${web.origin}${path}`);
      people.push(person);
      return person;
    });
    if (testInfo.status !== testInfo.expectedStatus)
      for (const [index, person] of people.entries())
        await testInfo.attach(`firefox-${index + 1}.log`, { body: await person.diary() });
    // A call that is left open goes on encoding and slows down the tests after it.
    await Promise.all(people.map((person) => person.close()));
  },
});

export { expect } from "@playwright/test";
