import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { within } from "../src/index.ts";

/** Ends as its signal says. */
const untilAborted = (signal: AbortSignal) =>
  new Promise<never>((_, reject) => {
    const give = () => reject(signal.reason);
    if (signal.aborted) give();
    else signal.addEventListener("abort", give);
  });

describe("within", () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => {
    expect(vi.getTimerCount()).toBe(0);
    vi.useRealTimers();
  });

  it("gives what was done in time, and leaves no timer and no listener behind", async () => {
    const { signal } = new AbortController();
    const added = vi.spyOn(signal, "addEventListener");
    const removed = vi.spyOn(signal, "removeEventListener");
    await expect(within({ limitMs: 1_000, signal }, async () => "done")).resolves.toBe("done");
    expect(removed.mock.calls).toEqual(added.mock.calls.map(([type, listener]) => [type, listener]));
    await expect(within({ limitMs: 1_000 }, () => Promise.reject(new Error("no")))).rejects.toThrow("no");
  });

  it("aborts when the time is over", async () => {
    const late = within({ limitMs: 1_000 }, untilAborted);
    const caught = late.catch((error: Error) => error);
    await vi.advanceTimersByTimeAsync(999);
    expect(vi.getTimerCount()).toBe(1);
    await vi.advanceTimersByTimeAsync(1);
    expect(await caught).toMatchObject({ name: "TimeoutError", message: "not done within 1000 ms" });
  });

  it("aborts with the signal that it was given, also where that was aborted before", async () => {
    const stop = new AbortController();
    const caught = within({ limitMs: 1_000, signal: stop.signal }, untilAborted).catch((error) => error);
    stop.abort("enough");
    expect(await caught).toBe("enough");
    await expect(within({ limitMs: 1_000, signal: stop.signal }, untilAborted)).rejects.toBe("enough");
  });
});
