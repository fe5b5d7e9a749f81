import type { SignalEnvelope } from "@serendip/protocol";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Caller } from "../../src/domain/lobby/command.ts";
import type { LobbyStore } from "../../src/store/lobby-store.ts";
import { distantLobbyStore, seededRandom } from "../store/distant-lobby-store.ts";
import { always, come, newUserId, type Sent, settle, setUp } from "./lobby-bench.ts";

/** One page and its sockets, of which only the newest counts for it. */
class Page {
  readonly name: string;
  readonly userId = newUserId();
  sockets = 0;
  /** The network of the newest socket carries something. */
  reachable = false;
  welcomed = false;
  caller: Caller | undefined;
  sessionId = "";
  resumeSecret = "";
  epoch = 0;
  roomId: string | undefined;
  generation = 0;
  /** Signals of this generation that have come here. */
  received = 0;
  /** Signals of this generation that were sent from here. */
  sent = 0;

  constructor(name: string) {
    this.name = name;
  }

  get socketId(): string {
    return `${this.name} ${this.sockets}`;
  }

  hear({ to, event, body }: Sent): void {
    if (to !== this.socketId || !this.reachable) return;
    if (event === "welcome") {
      const welcome = body as { sessionId: string; resumeSecret: string; epoch: number; state: object };
      const { sessionId, resumeSecret, epoch } = welcome;
      Object.assign(this, { sessionId, resumeSecret, epoch, welcomed: true, caller: { sessionId, epoch } });
      if ("room" in welcome.state) this.enter(welcome.state.room as { roomId: string; generation: number });
    }
    if (event === "matched") this.enter((body as { room: { roomId: string; generation: number } }).room);
    if (event === "partner-back") this.enter(body as { roomId: string; generation: number });
    if (event === "signal") this.take(body as SignalEnvelope);
  }

  private enter({ roomId, generation }: { roomId: string; generation: number }): void {
    expect(generation, "generations grow").toBeGreaterThanOrEqual(this.generation);
    if (generation > this.generation) Object.assign(this, { generation, received: 0, sent: 0 });
    this.roomId = roomId;
  }

  private take({ generation, sequence }: SignalEnvelope): void {
    expect(generation, "a negotiation that the page was not told of").toBeLessThanOrEqual(this.generation);
    if (generation < this.generation) return;
    expect(sequence, "a repetition").toBeGreaterThan(this.received);
    // After a gap nothing counts but a new negotiation.
    if (sequence === this.received + 1) this.received = sequence;
  }
}

type Step = {
  readonly who: 0 | 1;
  readonly does: "signal" | "dies" | "is noticed" | "comes back" | "has lost its connection" | "rebuilds";
  /** Nothing else happens until everything that this brings about is over. */
  readonly settles: boolean;
};

const step: fc.Arbitrary<Step> = fc.record({
  who: fc.constantFrom(0 as const, 1 as const),
  does: fc.oneof(
    { weight: 8, arbitrary: fc.constant("signal" as const) },
    { weight: 3, arbitrary: fc.constant("comes back" as const) },
    {
      weight: 4,
      arbitrary: fc.constantFrom("dies" as const, "is noticed" as const, "rebuilds" as const),
    },
    { weight: 1, arbitrary: fc.constant("has lost its connection" as const) },
  ),
  settles: fc.boolean(),
});

async function play(steps: readonly Step[], around: (store: LobbyStore) => LobbyStore) {
  const pages = [new Page("ann"), new Page("bob")] as const;
  const onSent = (one: Sent): void => {
    for (const page of pages) page.hear(one);
  };
  const { lobby, membership } = setUp({ around, onSent });

  const connect = (page: Page, peerConnection: "alive" | "lost") => {
    const { sessionId, resumeSecret, epoch, generation, received: count } = page;
    const resume = { sessionId, resumeSecret, epoch, peerConnection, received: { generation, count } };
    page.sockets += 1;
    Object.assign(page, { reachable: true, welcomed: false });
    const given = { tabId: "tab", connection: page.sockets, ...(sessionId ? { resume } : {}) };
    return come(lobby, page.socketId, given, page.userId);
  };

  const act = ({ who, does }: Step): unknown => {
    const page = pages[who];
    const { caller, roomId, generation } = page;
    const speaks = page.reachable && page.welcomed && caller && roomId !== undefined;
    if (does === "dies") page.reachable = false;
    if (does === "is noticed" && !page.reachable && caller) return lobby.detach(caller, "dropped");
    if (does === "comes back") return connect(page, "alive");
    if (does === "has lost its connection") return connect(page, "lost");
    if (does === "rebuilds" && speaks)
      return lobby.rebuild(caller, { requestId: "again", roomId, generation });
    if (does !== "signal" || !speaks) return undefined;
    page.sent += 1;
    return lobby.signal(caller, { roomId, generation, sequence: page.sent, signal: { kind: "restart" } });
  };

  for (const page of pages) await connect(page, "lost");
  for (const { caller } of pages) if (caller) await lobby.find(caller, { requestId: "find" }, always);
  const under: unknown[] = [];
  for (const one of steps) {
    const done = act(one);
    under.push(done);
    if (one.settles) await done;
  }
  await Promise.all(under);
  for (const page of pages) if (!page.reachable || !page.welcomed) await connect(page, "alive");
  // Whatever the last welcome brought about is over when another question is answered.
  for (const { caller } of pages) if (caller) await lobby.status(caller);
  await settle();
  return { pages, room: membership.roomOf(pages[0].sessionId) };
}

describe.each([
  ["the memory store", (store: LobbyStore) => store],
  ["a distant store", (store: LobbyStore) => distantLobbyStore(store, seededRandom(11))],
])("over %s", (_name, around) => {
  test("[I16] [R15] [R14] [R6] whatever sockets die and come back, each page gets each signal once, in order, or both begin anew", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 60, size: "max" }), async (steps) => {
        const { pages, room } = await play(steps, around);
        const [ann, bob] = pages;
        expect(room?.members).toHaveLength(2);
        expect([ann.generation, bob.generation]).toEqual([room?.generation, room?.generation]);
        expect([ann.received, bob.received]).toEqual([bob.sent, ann.sent]);
      }),
      { numRuns: 500 },
    );
  });
});
