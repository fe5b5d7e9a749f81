import type { Contestant } from "../contestants/contestant.ts";
import { type Complaints, createComplaints } from "../people/complaints.ts";
import { createLibraryPage } from "./library-page.ts";
import { loadPageCode } from "./page-code.ts";
import type { Returning, Watching } from "./returning.ts";
import { createSerendipPage } from "./serendip-page.ts";

/** When things happened to somebody, readings of `performance.now()`; undefined: not since `forget`. */
export interface Fate {
  readonly page: Returning;
  /** The newest: a connection that was lost again does not count. */
  onlineAt: number | undefined;
  togetherAt: number | undefined;
  room: string;
}

/** People whose pages come back by themselves. */
export interface Crowd {
  readonly talkers: readonly Fate[];
  /** They are there, and do nothing. */
  readonly others: readonly Fate[];
  readonly complaints: Complaints;
  readonly counts: { attempts: number; mints: number };
  /** Nothing has happened to anybody any more. */
  forget(): void;
  close(): void;
}

/** Makes a page of somebody. */
type MakePage = (number: number, watching: Watching) => Returning;

async function pagesOf(
  contestant: Contestant,
  port: number,
  counts: { attempts: number; mints: number },
): Promise<MakePage> {
  if (contestant.kind === "ws") throw new Error("A raw WebSocket does not come back by itself.");
  if (contestant.kind === "socket.io") return (_number, watching) => createLibraryPage(port, watching);
  const code = await loadPageCode(contestant.product);
  const count = (what: "attempts" | "mints"): void => {
    counts[what] += 1;
  };
  return (number, watching) => createSerendipPage(code, { port, number, count }, watching);
}

/** So many people, of whom there are to be `rooms` couples. */
export async function createCrowd(
  contestant: Contestant,
  { port, people, rooms }: { readonly port: number; readonly people: number; readonly rooms: number },
): Promise<Crowd> {
  const counts = { attempts: 0, mints: 0 };
  const complaints = createComplaints();
  const makePage = await pagesOf(contestant, port, counts);
  const everybody = Array.from({ length: people }, (_, number): Fate => {
    const watching: Watching = {
      onOnline() {
        fate.onlineAt = performance.now();
      },
      onOffline() {
        fate.onlineAt = undefined;
      },
      onMatched(room) {
        fate.room = room;
      },
      onTogether() {
        fate.togetherAt ??= performance.now();
      },
      note: (what) => complaints.add(what),
    };
    const page = makePage(number, watching);
    const fate: Fate = { page, onlineAt: undefined, togetherAt: undefined, room: "" };
    return fate;
  });
  return {
    talkers: everybody.slice(0, 2 * rooms),
    others: everybody.slice(2 * rooms),
    complaints,
    counts,
    forget() {
      for (const fate of everybody) Object.assign(fate, { onlineAt: undefined, togetherAt: undefined });
      counts.attempts = 0;
      counts.mints = 0;
    },
    close() {
      for (const { page } of everybody) page.close();
    },
  };
}
