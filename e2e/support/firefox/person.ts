import type { Browser, BrowserContext, ConsoleMessage, Page } from "puppeteer-core";
import type { Person } from "../person.ts";
import { installProbe } from "../probe.ts";
import { readInbound, untilMoving } from "../stranger.ts";
import { until } from "../until.ts";

const PRESS_MS = 10_000;

/** A person in a window of Firefox, of a profile of their own. */
export interface FirefoxPerson extends Person {
  readonly page: Page;
  /** What the page has written to its console, and what it says now; for a test that has failed. */
  diary(): Promise<string>;
  close(): Promise<void>;
}

/** Opens a page of the product, in a window of its own: of several tabs only one would be visible. */
export async function openInFirefox(browser: Browser, url: string): Promise<FirefoxPerson> {
  const context = await browser.createBrowserContext();
  const page = await context.newPage({ type: "window" });
  const written = keepConsole(page);
  await page.evaluateOnNewDocument(installProbe);
  await page.goto(url);
  return asFirefoxPerson({ page, context, written });
}

function asFirefoxPerson({
  page,
  context,
  written,
}: {
  readonly page: Page;
  readonly context: BrowserContext;
  readonly written: () => Promise<readonly string[]>;
}): FirefoxPerson {
  const textOf = (selector: string) =>
    page.evaluate((where) => document.querySelector(where)?.textContent ?? "", selector);
  const untilText = (what: string, selector: string, isSo: (text: string) => boolean, withinMs: number) =>
    until(what, withinMs, async () => isSo(await textOf(selector))).then(() => undefined);
  const sees = (text: string, withinMs = 10_000) =>
    untilText(`the status is "${text}"`, STATUS, (now) => now.includes(text), withinMs);
  const press = (name: string) =>
    page.locator(`::-p-aria([name="${name}"][role="button"])`).setTimeout(PRESS_MS).click();
  const inbound = () => page.evaluate(readInbound);

  return {
    page,
    press,
    sees,
    inbound,
    start: () => press("Start Chatting"),
    async meets(withinMs = 10_000) {
      await sees("Connected", withinMs);
      await untilMoving(inbound, withinMs);
    },
    statuses: () => page.evaluate(() => [...window.probe.statuses]),
    reads: (text, withinMs = 10_000) =>
      untilText(`"${text}" is read`, "body", (now) => now.includes(text), withinMs),
    doesNotRead: (text, withinMs = 10_000) =>
      untilText(`"${text}" is not read`, "body", (now) => !now.includes(text), withinMs),
    reload: async () => {
      await page.reload();
    },
    evaluate: (run) => page.evaluate(run) as Promise<Awaited<ReturnType<typeof run>>>,
    async diary() {
      const says = await textOf("body").catch(String);
      return [...(await written()), `The page says: ${says}`].join("\n");
    },
    close: () => context.close(),
  };
}

const STATUS = '[role="status"][aria-label="Chat status"]';

/** Everything that is written to the console from now on, and errors that nobody caught. */
function keepConsole(page: Page): () => Promise<readonly string[]> {
  const lines: (string | Promise<string>)[] = [];
  page.on("console", (message) => lines.push(lineOf(message)));
  page.on("pageerror", (error) => lines.push(`uncaught: ${String(error)}`));
  return () => Promise.all(lines);
}

/** Objects are handles to the page, which may have gone on meanwhile. */
async function lineOf(message: ConsoleMessage): Promise<string> {
  const values = message.args().map((handle) => handle.jsonValue().catch(() => "(gone)"));
  const words = (await Promise.all(values)).map((value) =>
    typeof value === "string" ? value : JSON.stringify(value),
  );
  return `${message.type()}: ${words.join(" ")}`;
}
