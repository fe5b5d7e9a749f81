import type { ClientBody } from "@serendip/protocol";
import { expect } from "vitest";
import type { EngineBench } from "../../src/testing/index.ts";

/** Notes each connection to somebody new that shows this side's address, although the person had asked for the contrary. */
export function watchAddresses(
  { peers }: EngineBench,
  chat: () => EngineBench["chat"],
): () => readonly string[] {
  const shown: string[] = [];
  const hidden = new Map<string, boolean>();
  const open = peers.open;
  peers.open = (options, handlers) => {
    const room = chat().getStatus().roomId ?? "none";
    // A wish concerns the next person; who has seen the address has seen it.
    const hides = hidden.get(room) ?? chat().getSnapshot().ice.relayOnly;
    hidden.set(room, hides);
    if (hides && !options.relayOnly) shown.push(room);
    return open(options, handlers);
  };
  return () => shown;
}

/** Notes each search for somebody to hide from while the page itself says that it reaches no relay (SPEC K14). */
export function watchRelays(
  { server }: EngineBench,
  chat: () => EngineBench["chat"],
): () => readonly string[] {
  const vain: string[] = [];
  const sent = server.sent as (typeof server.sent)[number][];
  const push = sent.push.bind(sent);
  const isLost = (): boolean => {
    const { mode, faults } = chat().getSnapshot().ice;
    return mode !== "turn" && faults.some(({ sentence }) => sentence.includes("from here"));
  };
  sent.push = (...more) => {
    for (const { event, body } of more) {
      if (event !== "find" || !(body as ClientBody<"find">).relayOnly || !isLost()) continue;
      // What has just lifted the verdict is told after its effects.
      queueMicrotask(() => {
        if (isLost()) vain.push(event);
      });
    }
    return push(...more);
  };
  return () => vain;
}

const PRESSES = ["start", "start again", "retry", "join without", "next"];
const MENDS = ["retry", "join without"];
const FRESH_RELOADS = ["reload", "reload soon"];

/** Keeps account of what a page may do by itself (SPEC S12); `check` is for whenever something may have happened. */
export function conscience(bench: EngineBench) {
  /** `all`: somebody has pressed something here, or a reload goes on with it; `return`: to come back to one room. */
  let may: "nothing" | "return" | "all" = "nothing";
  const count = ({ media, server }: EngineBench) => ({
    captures: media.wishes.length,
    finds: server.bodies("find").length,
  });
  let before = count(bench);
  let rooms = 0;
  const check = (bench: EngineBench): void => {
    const now = count(bench);
    if (may === "return" && bench.peers.asked > rooms) may = "all";
    if (may === "nothing") expect(now).toEqual(before);
    if (may === "return") expect(now.finds).toBe(before.finds);
    before = now;
    rooms = bench.peers.asked;
  };
  return {
    check,
    /** To be called before each fate. */
    meets(name: string, bench: EngineBench): void {
      check(bench);
      const { chat } = bench;
      const { status } = chat.getSnapshot();
      const { phase } = status;
      const isOver = phase === "idle" || phase === "failed";
      const isGone = phase === "failed" && status.error.code === "call-over";
      if (name === "stop") may = "nothing";
      // What went wrong on the way back to a room leads to no other one.
      else if (MENDS.includes(name) && may === "return" && !isGone) return;
      else if (PRESSES.includes(name)) may = "all";
      else if (name === "go on" && isOver && chat.getSnapshot().canGoOn) may = "return";
      else if (name === "a refused return to a call") may = "return";
      else if (FRESH_RELOADS.includes(name)) may = isOver ? "nothing" : may;
      else if (/^(reload|leave)|shown again$|^a return/.test(name)) may = "nothing";
    },
  };
}
