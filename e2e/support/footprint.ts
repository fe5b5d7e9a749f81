import type { CDPSession, Page } from "@playwright/test";

/** What a page holds on to. */
export interface Footprint {
  readonly heapBytes: number;
  readonly nodes: number;
  readonly listeners: number;
  /** Objects that the garbage collector has left, closed ones too. */
  readonly peers: number;
  readonly tracks: number;
  /** Timers that have not fired, and intervals that run. */
  readonly timers: number;
}

declare global {
  interface Window {
    runningTimers: Set<unknown>;
  }
}

/** Runs in the page before any of its scripts, and counts its timers. Self-contained, because it is sent as text. */
export function countTimers(): void {
  const running = new Set<unknown>();
  window.runningTimers = running;
  const { setTimeout: begin, clearTimeout: end, setInterval: repeat, clearInterval: stop } = window;
  const later = (run: TimerHandler, delayMs?: number, ...args: unknown[]) => {
    const id = begin(() => {
      running.delete(id);
      if (typeof run === "function") run(...args);
    }, delayMs);
    running.add(id);
    return id;
  };
  const again = (...args: Parameters<typeof repeat>) => {
    const id = repeat(...args);
    running.add(id);
    return id;
  };
  const clear = (by: (id?: number) => void) => (id?: number) => {
    running.delete(id);
    by(id);
  };
  Object.assign(window, {
    setTimeout: later,
    setInterval: again,
    clearTimeout: clear(end),
    clearInterval: clear(stop),
  });
}

/** What the page holds after its garbage was collected (Chrome DevTools Protocol). */
export async function footprint(page: Page, devtools: CDPSession): Promise<Footprint> {
  // A collection lets go of what another one then finds.
  for (let round = 0; round < 3; round += 1) await devtools.send("HeapProfiler.collectGarbage");
  const { usedSize } = await devtools.send("Runtime.getHeapUsage");
  const { nodes, jsEventListeners } = await devtools.send("Memory.getDOMCounters");
  const count = async (expression: string): Promise<number> => {
    const { result } = await devtools.send("Runtime.evaluate", { expression, objectGroup: "footprint" });
    const { objects } = await devtools.send("Runtime.queryObjects", {
      prototypeObjectId: result.objectId ?? "",
      objectGroup: "footprint",
    });
    const { result: length } = await devtools.send("Runtime.callFunctionOn", {
      objectId: objects.objectId ?? "",
      functionDeclaration: "function () { return this.length; }",
    });
    return Number(length.value);
  };
  const peers = await count("RTCPeerConnection.prototype");
  const tracks = await count("MediaStreamTrack.prototype");
  await devtools.send("Runtime.releaseObjectGroup", { objectGroup: "footprint" });
  const timers = await page.evaluate(() => window.runningTimers.size);
  return { heapBytes: usedSize, nodes, listeners: jsEventListeners, peers, tracks, timers };
}
