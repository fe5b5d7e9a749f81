import { UserId } from "@serendip/protocol";
import { describe, expect, test } from "vitest";
import { randomUuid, readUuid } from "../../src/base/uuid.browser.ts";
import { readStoredTab } from "../../src/tab/stored-tab.browser.ts";

const remembered = {
  token: "a-token",
  session: { sessionId: "session-1", resumeSecret: "0123456789abcdef", epoch: 3 },
  ticket: "a-ticket",
  ticketAt: 1_700_000_000_000,
  connection: 12,
  active: { requestId: "request-1", roomId: "room-1", camera: true, microphone: false },
  activeAt: 1_700_000_010_000,
};
const read = (value: unknown) => readStoredTab(JSON.stringify(value));

describe("a stored record", () => {
  test("what was stored is what is read", () => {
    expect(read({ tabId: "tab-1", remembered })).toEqual({ tabId: "tab-1", remembered });
    expect(read({ tabId: "tab-1", remembered: {} })).toEqual({ tabId: "tab-1", remembered: {} });
  });

  test("the devices that a person went on without are kept, and nothing else in their place", () => {
    const active = { ...remembered.active, without: ["camera", "microphone"] };
    expect(read({ tabId: "t", remembered: { active } })).toEqual({ tabId: "t", remembered: { active } });
    for (const without of [[], ["lamp"], "camera", 7])
      expect(read({ tabId: "t", remembered: { active: { ...active, without } } })).toEqual({
        tabId: "t",
        remembered: { active: remembered.active },
      });
  });

  test("[K5] the wish to be seen through relays only is kept, also without a session", () => {
    expect(read({ tabId: "t", remembered: { ...remembered, relayOnly: true } })).toEqual({
      tabId: "t",
      remembered: { ...remembered, relayOnly: true },
    });
    expect(read({ tabId: "t", remembered: { relayOnly: true } })?.remembered).toEqual({ relayOnly: true });
    expect(read({ tabId: "t", remembered: { token: 7, relayOnly: true } })?.remembered).toEqual({
      relayOnly: true,
    });
    for (const relayOnly of [true, false]) {
      const active = { ...remembered.active, relayOnly };
      expect(read({ tabId: "t", remembered: { active } })?.remembered).toEqual({ active });
    }
    expect(
      read({ tabId: "t", remembered: { active: { ...remembered.active, relayOnly: 1 } } })?.remembered,
    ).toEqual({
      active: remembered.active,
    });
    for (const relayOnly of [false, "yes", 1, null])
      expect(read({ tabId: "t", remembered: { relayOnly } })?.remembered).toEqual({});
  });

  test("[K5] the room in which the address was hidden is kept, and nothing else in its place", () => {
    const active = { ...remembered.active, hiddenRoom: "room-1" };
    expect(read({ tabId: "t", remembered: { active } })?.remembered).toEqual({ active });
    for (const hiddenRoom of [true, "", 7, null])
      expect(read({ tabId: "t", remembered: { active: { ...active, hiddenRoom } } })?.remembered).toEqual({
        active: remembered.active,
      });
  });

  test("[S10] a number of connections that no tab has is left out: the next ones would not fit a hello", () => {
    for (const connection of [2 ** 53 - 1, 1_000_000_001])
      expect(
        read({ tabId: "t", remembered: { ...remembered, connection } })?.remembered.connection,
      ).toBeUndefined();
  });

  test("[W19] the way that worked is kept, also without a session, and nothing else in its place", () => {
    const polling = { webSocketAt: 1_700_000_000_000, silences: 2 };
    expect(read({ tabId: "t", remembered: { ...remembered, polling } })?.remembered).toEqual({
      ...remembered,
      polling,
    });
    expect(read({ tabId: "t", remembered: { polling } })?.remembered).toEqual({ polling });
    const others = [true, "yes", {}, { ...polling, silences: 0.5 }, { ...polling, webSocketAt: "soon" }];
    for (const other of others)
      expect(read({ tabId: "t", remembered: { polling: other } })?.remembered).toEqual({});
  });

  test.each([
    null,
    "",
    "null",
    "{",
    "7",
    '"text"',
    "[]",
    "{}",
    '{"tabId":7}',
    '{"tabId":""}',
    '{"tabId":"a b"}',
  ])("[C76] unusable: %s", (text) => {
    expect(readStoredTab(text)).toBeUndefined();
  });

  test("[C76] what the server would refuse is left out, the rest stays", () => {
    const { active, activeAt, ...credentials } = remembered;
    expect(read({ tabId: "t", remembered: 7 })).toEqual({ tabId: "t", remembered: {} });
    expect(read({ tabId: "t", remembered: { ...remembered, session: { sessionId: 1 } } })).toEqual({
      tabId: "t",
      remembered: { active, activeAt },
    });
    for (const broken of [{}, { ...active, camera: "yes" }, { ...active, requestId: "a b" }, null])
      expect(read({ tabId: "t", remembered: { ...remembered, active: broken } })).toEqual({
        tabId: "t",
        remembered: credentials,
      });
  });

  test("[S12] an instant that is none, or has nothing beside it, is left out", () => {
    const { activeAt: _, ticketAt: __, ...timeless } = remembered;
    for (const at of ["now", null, true, [1]])
      expect(
        read({ tabId: "t", remembered: { ...remembered, activeAt: at, ticketAt: at } })?.remembered,
      ).toEqual(timeless);
    expect(read({ tabId: "t", remembered: { activeAt: 1, ticketAt: 2 } })?.remembered).toEqual({});
    const { roomId: ___, ...search } = remembered.active;
    expect(
      read({ tabId: "t", remembered: { active: { ...remembered.active, roomId: "a b" } } })?.remembered,
    ).toEqual({ active: search });
  });
});

test("a random UUID is one, and another each time", () => {
  const made = Array.from({ length: 100 }, randomUuid);
  expect(made.every((id) => UserId.safeParse(id).success && id[14] === "4")).toBe(true);
  expect(new Set(made).size).toBe(100);
  expect(readUuid(made[0] ?? null)).toBe(made[0]);
  expect(readUuid("no uuid")).toBeUndefined();
  expect(readUuid(null)).toBeUndefined();
});
