import { type BrowserContext, expect, type Locator, type Page } from "@playwright/test";
import { installProbe } from "./probe.ts";
import { until } from "./until.ts";

/** What flows from the partner, from `RTCPeerConnection.getStats` (W3C WebRTC Statistics section 7). */
export interface Inbound {
  readonly framesDecoded: number;
  readonly audioEnergy: number;
}

/** Mean colour of a video's picture, 0–255 each. */
export interface MeanColour {
  readonly red: number;
  readonly green: number;
  readonly blue: number;
}

/** What a chat holds of its browser. */
interface Held {
  readonly tracks: number;
  /** Open connections to a partner. */
  readonly peers: number;
  /** Open connections for a partner who is not there yet (SPEC R19). */
  readonly ahead: number;
  readonly sockets: number;
}

/** One person in one tab, by what that person sees, hears and presses. */
export interface Stranger {
  readonly page: Page;
  readonly context: BrowserContext;
  readonly status: Locator;
  readonly alert: Locator;
  button(name: string): Locator;
  press(name: string): Promise<void>;
  start(): Promise<void>;
  /** Waits for the status region to say `text`. */
  sees(text: string, withinMs?: number): Promise<void>;
  /** Waits for moving video of a partner and sound from them. */
  meets(withinMs?: number): Promise<void>;
  inbound(): Promise<Inbound>;
  colour(label: "Your video" | "Partner's video"): Promise<MeanColour>;
  /** Milliseconds from the press of `Start Chatting` to moving partner video. */
  timeToVideo(): Promise<number>;
  /** Milliseconds from the press of `Next` to the first frame of another partner. */
  timeFromNext(): Promise<number>;
  /** The longest pause between two shown frames since `since` (milliseconds since the epoch). */
  longestFreeze(since: number): Promise<number>;
  /** Everything the status region has said since the page was loaded. */
  statuses(): Promise<string[]>;
  /** What a stopped chat must not leave behind. */
  held(): Promise<Held>;
  /** Ends the tab as its cross does: the page's unload runs. */
  closeTab(): Promise<void>;
}

/** Runs in the page, of any browser. Self-contained, because it is sent as text. */
export async function readInbound(): Promise<Inbound> {
  let framesDecoded = 0;
  let audioEnergy = 0;
  for (const peer of window.probe.peers) {
    if (peer.connectionState === "closed") continue;
    for (const entry of (await peer.getStats()).values()) {
      if (entry.type !== "inbound-rtp") continue;
      if (entry.kind === "video") framesDecoded += entry.framesDecoded ?? 0;
      else audioEnergy += entry.totalAudioEnergy ?? 0;
    }
  }
  return { framesDecoded, audioEnergy };
}

/** Waits for a partner's picture that moves and for sound. */
export async function untilMoving(read: () => Promise<Inbound>, withinMs: number): Promise<void> {
  let first = await read();
  await until("the partner's picture moves and sounds", withinMs, async () => {
    const now = await read();
    // A new peer connection counts from the start.
    if (now.framesDecoded < first.framesDecoded || now.audioEnergy < first.audioEnergy) first = now;
    return now.framesDecoded >= first.framesDecoded + 5 && now.audioEnergy > first.audioEnergy;
  });
}

/** What the page's probe has measured. Each look takes time from what is measured. */
async function lookSeldom(page: Page, read: () => number | undefined): Promise<number> {
  const found = await page.waitForFunction(read, undefined, { polling: 250, timeout: 15_000 });
  return (await found.jsonValue()) ?? Number.NaN;
}

/** Opens the product in a new tab of `context`. */
export async function openStranger(context: BrowserContext, url: string): Promise<Stranger> {
  const page = await context.newPage();
  await page.addInitScript(installProbe);
  await page.goto(url);
  return asStranger(page, context);
}

/** The person at a page that is open already and has the probe. */
export function asStranger(page: Page, context: BrowserContext): Stranger {
  const status = page.getByRole("status", { name: "Chat status" });
  const button = (name: string) => page.getByRole("button", { name, exact: true });
  const sees = (text: string, withinMs = 10_000) => expect(status).toContainText(text, { timeout: withinMs });

  return {
    page,
    context,
    status,
    alert: page.getByRole("alert"),
    button,
    sees,
    press: (name) => button(name).click(),
    start: () => button("Start Chatting").click(),
    inbound: () => page.evaluate(readInbound),
    async meets(withinMs = 10_000) {
      await sees("Connected", withinMs);
      await untilMoving(() => page.evaluate(readInbound), withinMs);
    },
    colour: (label) =>
      page.getByLabel(label, { exact: true }).evaluate((element) => {
        const canvas = document.createElement("canvas");
        canvas.width = 64;
        canvas.height = 48;
        const pen = canvas.getContext("2d");
        if (!pen) throw new Error("no canvas");
        pen.drawImage(element as HTMLVideoElement, 0, 0, 64, 48);
        const { data } = pen.getImageData(0, 0, 64, 48);
        const mean = (channel: number) => {
          let sum = 0;
          for (let at = channel; at < data.length; at += 4) sum += data[at] ?? 0;
          return Math.round(sum / (data.length / 4));
        };
        return { red: mean(0), green: mean(1), blue: mean(2) };
      }),
    timeToVideo: () =>
      lookSeldom(page, () => {
        const { startPressedAt, movingAt } = window.probe;
        return startPressedAt && movingAt ? movingAt - startPressedAt : undefined;
      }),
    timeFromNext: () =>
      lookSeldom(page, () => {
        const { nextPressedAt, nextFrameAt } = window.probe;
        return nextPressedAt && nextFrameAt ? nextFrameAt - nextPressedAt : undefined;
      }),
    longestFreeze: (since) =>
      page.evaluate((from) => {
        const shown = [from, ...window.probe.frames.filter((at) => at > from), Date.now()];
        return Math.max(...shown.map((at, index) => at - (shown[index - 1] ?? at)));
      }, since),
    statuses: () => page.evaluate(() => [...window.probe.statuses]),
    held: () =>
      page.evaluate(() => {
        const open = window.probe.peers.filter((peer) => peer.connectionState !== "closed");
        return {
          tracks: window.probe.tracks.filter((track) => track.readyState === "live").length,
          peers: open.filter((peer) => peer.remoteDescription !== null).length,
          ahead: open.filter((peer) => peer.remoteDescription === null).length,
          sockets: window.probe.sockets.filter((socket) => socket.readyState <= WebSocket.OPEN).length,
        };
      }),
    closeTab: () => page.close({ runBeforeUnload: true }),
  };
}
