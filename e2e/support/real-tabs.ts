import { type Browser, type BrowserContext, type CDPSession, chromium } from "@playwright/test";
import { launchBrowser } from "./browsers.ts";
import { freePort } from "./signaling.ts";
import { openStranger, type Stranger } from "./stranger.ts";

/** A person whose tab can be put behind another one, and frozen, as on a phone in a pocket. */
export interface PocketedStranger extends Stranger {
  /** Puts another tab in front: `document.visibilityState` is `hidden`, timers are slowed down. */
  hide(): Promise<void>;
  /** Brings the tab back to the front. */
  show(): Promise<void>;
  /** Stops the hidden page's scripts (Page Lifecycle, state `frozen`), as a locked phone does. */
  freeze(): Promise<void>;
  thaw(): Promise<void>;
}

export interface RealTabs {
  readonly open: (url: string) => Promise<PocketedStranger>;
  close(): Promise<void>;
}

/**
 * A browser whose tabs behave like those of a person. A page that Playwright opens by itself always counts as shown and
 * focused (`Emulation.setFocusEmulationEnabled`), so it is never hidden and cannot be frozen; only one that it joined
 * over CDP without its defaults can.
 */
export async function realTabs(permissions: readonly string[]): Promise<RealTabs> {
  const port = await freePort();
  const launched = await launchBrowser({ throttles: true, args: [`--remote-debugging-port=${port}`] });
  const browser = await joined(port, launched);
  const [context] = browser.contexts();
  if (!context) throw new Error("the browser has no profile");
  await context.grantPermissions([...permissions]);
  return {
    open: (url) => pocketed(context, url),
    async close() {
      await browser.close();
      await launched.close();
    },
  };
}

async function joined(port: number, launched: Browser): Promise<Browser> {
  try {
    return await chromium.connectOverCDP(`http://127.0.0.1:${port}`, { noDefaults: true });
  } catch (error) {
    await launched.close();
    throw error;
  }
}

async function pocketed(context: BrowserContext, url: string): Promise<PocketedStranger> {
  const person = await openStranger(context, url);
  const session: CDPSession = await context.newCDPSession(person.page);
  const isNow = (state: DocumentVisibilityState) =>
    person.page.waitForFunction((wanted) => document.visibilityState === wanted, state, { polling: 100 });
  return {
    ...person,
    async hide() {
      const other = await context.newPage();
      await other.bringToFront();
      await isNow("hidden");
    },
    async show() {
      await person.page.bringToFront();
      await isNow("visible");
    },
    freeze: async () => void (await session.send("Page.setWebLifecycleState", { state: "frozen" })),
    thaw: async () => void (await session.send("Page.setWebLifecycleState", { state: "active" })),
  };
}
