import { expect } from "@playwright/test";
import type { Stranger } from "./stranger.ts";

/** One person in one tab, whichever browser that is in. */
export interface Person
  extends Pick<Stranger, "start" | "press" | "sees" | "meets" | "inbound" | "statuses"> {
  /** Waits until `text` stands somewhere in the page, or no longer does. */
  reads(text: string, withinMs?: number): Promise<void>;
  doesNotRead(text: string, withinMs?: number): Promise<void>;
  reload(): Promise<void>;
  /** Runs in the page; has to be self-contained. */
  evaluate<T>(run: () => T | Promise<T>): Promise<T>;
}

/** The person at a page that Playwright drives. */
export function asPerson(stranger: Stranger): Person {
  const { page } = stranger;
  const body = page.locator("body");
  return {
    ...stranger,
    reads: (text, withinMs = 10_000) => expect(body).toContainText(text, { timeout: withinMs }),
    doesNotRead: (text, withinMs = 10_000) => expect(body).not.toContainText(text, { timeout: withinMs }),
    reload: async () => {
      await page.reload();
    },
    evaluate: (run) => page.evaluate(run),
  };
}

/** What the person's side of the present connection last said, as SDP and whether it was an offer. */
export const descriptionOf = (person: Person) =>
  person.evaluate(() => {
    // Those that only gather have no partner; Firefox lets nobody look into closed ones.
    const open = window.probe.peers.filter(({ connectionState }) => connectionState !== "closed");
    const { type, sdp = "" } = open.find((peer) => peer.remoteDescription)?.localDescription ?? {};
    return { type, sdp };
  });
