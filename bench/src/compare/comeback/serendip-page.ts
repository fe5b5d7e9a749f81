import { randomUUID } from "node:crypto";
import type { TabStorage, TokenSource } from "@serendip/client";
import type { RoomView, SessionState } from "@serendip/protocol";
import { steadyClock } from "@serendip/time";
import { mintLightly } from "../people/light-mint.ts";
import { addressOf } from "../people/serendip-person.ts";
import { lightSocket } from "./light-socket.ts";
import type { PageCode } from "./page-code.ts";
import type { Returning, Watching } from "./returning.ts";

const TOO_MANY = 429;
const FULL = 503;
/** What a page notes when its connection is lost, or an attempt fails. */
const OF_A_LOSS = new Set(["identity-unreachable", "connection-closed", "attempt-failed", "request-lost"]);

/** A tab that is never reloaded. */
function storage(): TabStorage {
  return {
    peek: () => ({ arrival: "other", remembered: {} }),
    isCopy: async () => false,
    open: async () => ({ tabId: randomUUID(), remembered: {} }),
    close: () => undefined,
    save: () => undefined,
  };
}

function tokenSource(
  { IdentityFailure }: PageCode,
  who: { readonly port: number; readonly from: string; readonly deviceGroup: string },
): TokenSource {
  return {
    async fetch(current) {
      let minted = await mintLightly({ ...who, current });
      // As the page does: the old token no longer counts, a new identity does.
      if (!minted.ok && minted.status === 401 && current !== undefined)
        minted = await mintLightly({ ...who, current: undefined });
      if (minted.ok) return minted.reply;
      const { status, refusal } = minted;
      throw new IdentityFailure("unreachable", `The service answered ${status}.`, {
        retryAfterMs: refusal?.retryAfterMs,
        ...(status === TOO_MANY ? { why: "too-fast" } : {}),
        ...(status === FULL && refusal?.code === "server_full" ? { why: "full" } : {}),
      });
    },
  };
}

export interface SerendipPageOptions {
  readonly port: number;
  readonly number: number;
  /** How often a page tried, and how often it asked for a token. */
  readonly count: (what: "attempts" | "mints") => void;
}

/** A page of the product, in a call whose media goes on or in none: its connection is kept up by the page's own code. */
export function createSerendipPage(
  code: PageCode,
  options: SerendipPageOptions,
  watching: Watching,
): Returning {
  const from = addressOf(options.number);
  const { port, count } = options;
  const clock = steadyClock();
  const source = tokenSource(code, { port, from, deviceGroup: randomUUID() });
  let room: RoomView | undefined;
  let wasOnline = false;

  const signaling = code.createSignaling({
    socket: lightSocket({ port, from }),
    tokens: {
      fetch(...how) {
        count("mints");
        return source.fetch(...how);
      },
    },
    memory: code.createTabMemory(storage(), clock),
    clock,
    random: Math.random,
    log: { info: () => undefined, warn: () => undefined },
    urgent: () => false,
    onToken: () => undefined,
    onError: (error, context) => {
      if (!OF_A_LOSS.has(error)) watching.note(`${error}: ${context}`.slice(0, 60));
    },
    peerConnection: () => (room ? "alive" : "lost"),
    received: () => undefined,
  });

  const ask = (work: Promise<unknown>): void => {
    // Lost with its connection; the page says it anew in the next welcome.
    work.catch(() => undefined);
  };

  const sayThatMediaFlows = ({ roomId }: RoomView): void =>
    ask(signaling.request("media", { roomId, flowing: true }));

  /** What the room is after a loss. */
  const enter = (next: RoomView): void => {
    const isSame = room?.roomId === next.roomId && room.generation === next.generation;
    if (room && !isSame) watching.note("another room or generation");
    room = next;
    sayThatMediaFlows(next);
    if (isSame && next.partner === "present") watching.onTogether();
  };

  const search = (): void => ask(signaling.request("find", { requestId: randomUUID() }));

  const resume = (state: SessionState): void => {
    if (state.kind === "in-room") enter(state.room);
    else if (room) {
      watching.note(`welcome: ${state.kind}`);
      room = undefined;
    }
  };

  signaling.listen({
    onWelcome: ({ state }) => resume(state),
    onMessage({ event, body }) {
      if (event === "matched") {
        room = body.room;
        ask(signaling.request("ready", { requestId: randomUUID(), roomId: room.roomId }));
        sayThatMediaFlows(room);
        watching.onMatched(body.room.roomId);
      } else if (event === "partner-back" && room) {
        if (body.generation === room.generation) watching.onTogether();
        else watching.note("another generation");
      } else if (event === "partner-left") {
        watching.note(`partner-left: ${body.reason}`);
        room = undefined;
      }
    },
  });
  signaling.watch(({ at, attempts }, before) => {
    if (attempts > before.attempts) count("attempts");
    const isOnline = at.name === "online";
    if (isOnline && !wasOnline) watching.onOnline();
    if (!isOnline && wasOnline) watching.onOffline();
    wasOnline = isOnline;
  });

  return { open: () => signaling.open(false), find: search, close: () => signaling.close() };
}
