import { type Browser, type BrowserContext, test as base } from "@playwright/test";
import { type Computer, launchBrowser } from "./browsers.ts";
import { PATHS } from "./paths.ts";
import { type Signaling, signalingServer } from "./signaling.ts";
import { openStranger, type Stranger } from "./stranger.ts";
import { type Web, webServer } from "./web.ts";

interface TestFixtures {
  /** Extra environment of the signaling server; set with `test.use`. */
  signalingEnv: Record<string, string>;
  /** Whether the server runs when the test begins. */
  signalingStarts: boolean;
  signaling: Signaling;
  /** A computer with its own browser. */
  computer: (computer?: Computer) => Promise<Browser>;
  /** A browser profile that may use camera and microphone. */
  profile: (browser?: Browser, permissions?: readonly string[]) => Promise<BrowserContext>;
  /** A person in a new tab: of the given profile, else of a profile of their own. */
  stranger: (profile?: BrowserContext) => Promise<Stranger>;
}

interface WorkerFixtures {
  web: Web;
  /** The browser most people of a test share; each has a profile of their own. */
  sharedBrowser: Browser;
}

export const test = base.extend<TestFixtures, WorkerFixtures>({
  web: [
    // biome-ignore lint/correctness/noEmptyPattern: Playwright reads the fixture's needs from this pattern.
    async ({}, use) => {
      const web = await webServer(PATHS.web);
      await use(web);
      await web.stop();
    },
    { scope: "worker" },
  ],
  sharedBrowser: [
    // biome-ignore lint/correctness/noEmptyPattern: Playwright reads the fixture's needs from this pattern.
    async ({}, use) => {
      const browser = await launchBrowser();
      await use(browser);
      await browser.close();
    },
    { scope: "worker" },
  ],
  signalingEnv: [{}, { option: true }],
  signalingStarts: [true, { option: true }],
  signaling: async ({ web, signalingEnv, signalingStarts }, use, testInfo) => {
    const signaling = await signalingServer(web.origin, signalingEnv);
    web.pointAt(signaling.url);
    if (signalingStarts) await signaling.start();
    await use(signaling);
    await signaling.kill();
    if (testInfo.status !== testInfo.expectedStatus) {
      await testInfo.attach("signaling.log", { body: signaling.log(), contentType: "text/plain" });
    }
  },
  // biome-ignore lint/correctness/noEmptyPattern: Playwright reads the fixture's needs from this pattern.
  computer: async ({}, use) => {
    const browsers: Browser[] = [];
    await use(async (computer) => {
      const browser = await launchBrowser(computer);
      browsers.push(browser);
      return browser;
    });
    await Promise.all(browsers.map((browser) => browser.close()));
  },
  profile: async ({ sharedBrowser }, use) => {
    const contexts: BrowserContext[] = [];
    await use(async (browser = sharedBrowser, permissions = ["camera", "microphone"]) => {
      const context = await browser.newContext({ permissions: [...permissions] });
      contexts.push(context);
      return context;
    });
    // A call that is left open goes on encoding and slows down the tests after it.
    await Promise.all(contexts.map((context) => context.close()));
  },
  stranger: async ({ profile, signaling, web }, use) => {
    // The server is a need of every person, whether or not it runs yet.
    void signaling;
    await use(async (context) => openStranger(context ?? (await profile()), web.origin));
  },
});

export { expect } from "@playwright/test";
