import { describe, expect, test } from "vitest";
import { judgeReturn, RETURN_RULES } from "../../src/tab/return.machine.ts";

const NOW = 1_700_000_000_000;
const { reloadMs, ticketMs } = RETURN_RULES;
const active = { requestId: "request-1", roomId: "room-1", camera: true, microphone: true };
/** A call of which something was last written `agoMs` before now. */
const call = (agoMs: number) => ({
  active,
  activeAt: NOW - agoMs,
  ticket: "a-ticket",
  ticketAt: NOW - agoMs,
});
const does = (...how: Parameters<typeof judgeReturn>) => judgeReturn(...how).does;

describe("[S12] what a page does with what its tab was in the middle of", () => {
  test("a reload goes on by itself with what is not older than 30 s", () => {
    expect(does(call(0), "reload", NOW)).toBe("go-on");
    expect(does(call(reloadMs), "reload", NOW)).toBe("go-on");
    expect(does(call(reloadMs + 1), "reload", NOW)).toBe("offer");
    // A search as well.
    const { roomId: _, ...search } = active;
    expect(does({ active: search, activeAt: NOW }, "reload", NOW)).toBe("go-on");
  });

  test("nothing else goes on by itself: it is offered while the room's ticket is good", () => {
    expect(judgeReturn(call(0), "other", NOW)).toEqual({ does: "offer", call: active, forMs: ticketMs });
    expect(judgeReturn(call(ticketMs - 1), "other", NOW)).toMatchObject({ does: "offer", forMs: 1 });
    expect(does(call(ticketMs), "other", NOW)).toBe("nothing");
    expect(does(call(24 * 3_600_000), "other", NOW)).toBe("nothing");
  });

  test("a record from the future is as old as can be: a clock that is set back makes nothing young", () => {
    expect(does(call(-1), "reload", NOW)).toBe("nothing");
    expect(does({ ...call(0), activeAt: NOW + 1 }, "reload", NOW)).toBe("offer");
    expect(does({ ...call(0), ticketAt: NOW + 1 }, "other", NOW)).toBe("nothing");
  });

  test("what was offered does not go on by itself at a later reload", () => {
    const { activeAt: _, ...offered } = call(0);
    expect(does(offered, "reload", NOW)).toBe("offer");
  });

  test("without a room, its ticket, or the times of an older page's record there is nothing to offer", () => {
    const { roomId: _, ...search } = active;
    expect(does({ ...call(0), active: search }, "other", NOW)).toBe("nothing");
    expect(does({ active, activeAt: NOW, ticketAt: NOW }, "other", NOW)).toBe("nothing");
    expect(does({ active, ticket: "a-ticket" }, "reload", NOW)).toBe("nothing");
    expect(does({ ticket: "a-ticket", ticketAt: NOW, activeAt: NOW }, "reload", NOW)).toBe("nothing");
  });
});
