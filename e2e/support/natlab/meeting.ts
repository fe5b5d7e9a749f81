import type { Browser, Page } from "@playwright/test";
import { openStranger, type Stranger } from "../stranger.ts";

/** How one try of two people to meet went. */
export interface Meeting {
  readonly connected: boolean;
  /** From the second Start Chatting until the later one of the two saw the partner move. */
  readonly firstFrameMs: number | undefined;
  /** The way the media took, from a's side: `srflx/prflx`, `relay:tls/relay:udp`. */
  readonly route: string | undefined;
  /** What each of the two read last, where they did not meet. */
  readonly said: readonly (string | undefined)[] | undefined;
}

/** When both saw moving pictures, milliseconds since the epoch; the frames have to be decoded ones. */
async function movingSince(people: readonly Stranger[]): Promise<number | undefined> {
  const times = await Promise.all(
    people.map(async ({ page, inbound }) => {
      const at = await page.evaluate(() => window.probe.movingAt);
      return at !== undefined && (await inbound()).framesDecoded >= 2 ? at : undefined;
    }),
  );
  return times.some((at) => at === undefined) ? undefined : Math.max(...times.map(Number));
}

/** Candidate types of the pair in use (W3C WebRTC Statistics sections 8.8, 8.12). */
export function routeOf(page: Page): Promise<string | undefined> {
  return page.evaluate(async () => {
    for (const peer of window.probe.peers) {
      if (peer.connectionState !== "connected") continue;
      const stats = await peer.getStats();
      const entries = [...stats.values()];
      const selected = entries.find((entry) => entry.type === "transport")?.selectedCandidatePairId;
      const pair = entries.find((entry) => entry.id === selected);
      const local = entries.find((entry) => entry.id === pair?.localCandidateId);
      const remote = entries.find((entry) => entry.id === pair?.remoteCandidateId);
      const by = local?.relayProtocol ? `:${local.relayProtocol}` : "";
      return `${local?.candidateType}${by}/${remote?.candidateType}`;
    }
    return undefined;
  });
}

/** Two new people, one in each browser, try to meet for at most `patienceMs`; afterwards both have left. */
export async function meetOnce(
  browsers: readonly Browser[],
  { origin, patienceMs }: { readonly origin: string; readonly patienceMs: number },
): Promise<Meeting> {
  const contexts = await Promise.all(
    browsers.map((browser) => browser.newContext({ permissions: ["camera", "microphone"] })),
  );
  try {
    const people = await Promise.all(contexts.map((context) => openStranger(context, origin)));
    const [first, second] = people;
    if (!first || !second) throw new Error("two browsers are needed");
    await first.start();
    await first.sees("Looking for partner…");
    await second.start();
    const startedAt = await second.page.evaluate(() => window.probe.startPressedAt ?? Date.now());
    let movingAt: number | undefined;
    while (movingAt === undefined && Date.now() < startedAt + patienceMs) {
      await second.page.waitForTimeout(100);
      movingAt = await movingSince(people);
    }
    const route = movingAt === undefined ? undefined : await routeOf(first.page);
    const words = await Promise.all(people.map(({ statuses }) => statuses()));
    // Whoever leaves without a word is waited for, and could be put together with the next ones.
    await Promise.all(
      people.map(({ button }) =>
        button("Stop")
          .click({ timeout: 2_000 })
          .catch(() => {}),
      ),
    );
    return {
      connected: movingAt !== undefined,
      firstFrameMs: movingAt === undefined ? undefined : movingAt - startedAt,
      route,
      said: movingAt === undefined ? words.map((said) => said.at(-1)) : undefined,
    };
  } finally {
    await Promise.all(contexts.map((context) => context.close()));
  }
}
