import { TIMES } from "@serendip/protocol";
import type { Cancel, Clock } from "@serendip/time";

/**
 * Connections without an accepted hello that there may be of each transport; above it one is closed, because each costs
 * memory until its time is over (SPEC W12).
 */
const MOST_WITHOUT_HELLO = 1_000;
/** Hellos on one connection in all; a page that got a better token needs one or two. */
const MOST_HELLOS = 5;

/** A connection that has to say hello. */
export interface Greeter {
  readonly transport: "polling" | "websocket";
  /** The TCP connection that it was opened on; on one of these there can be many polling connections. */
  readonly tcp: object;
  /** Called when no hello has come in time, or when there are too many connections without one. */
  readonly onLate: () => void;
}

/** What is known of one connection's hellos. */
export interface HelloWatch {
  /** Notes a hello that has come; false when it is one too many (SPEC W13). */
  come(): boolean;
  /** Notes what became of the hello. */
  answered(answer: "accepted" | "refused"): void;
  /** Whether a hello has been accepted, or is being checked. */
  isHeard(): boolean;
  /** Forgets the connection. */
  end(): void;
}

/** Which connections have said hello, and how long and how many may have not. */
export interface Hellos {
  watch(greeter: Greeter): HelloWatch;
}

export function createHellos(clock: Clock): Hellos {
  const crowds = { polling: createCrowd(), websocket: createCrowd() };

  return {
    watch(greeter) {
      const crowd = crowds[greeter.transport];
      let state: "none" | "asked" | "accepted" = "none";
      let hellos = 0;
      let cancel: Cancel = () => undefined;
      const wait = (): void => {
        cancel = clock.after(TIMES.helloMs, greeter.onLate);
      };
      wait();
      crowd.add(greeter);

      return {
        come() {
          if (state !== "none" || hellos >= MOST_HELLOS) return false;
          state = "asked";
          hellos += 1;
          // How long its check takes is not the page's doing; the check has a time limit of its own (SPEC S2).
          cancel();
          return true;
        },
        answered(answer) {
          if (state !== "asked") return;
          state = answer === "accepted" ? "accepted" : "none";
          if (state === "none") wait();
          else crowd.delete(greeter);
        },
        isHeard: () => state !== "none",
        end() {
          cancel();
          crowd.delete(greeter);
        },
      };
    },
  };
}

/** Connections of one transport without a hello, by their TCP connections, each in the order of their coming. */
function createCrowd() {
  const byTcp = new Map<object, Set<Greeter>>();
  let size = 0;

  /** The oldest one of the TCP connection that has the most of them. */
  const most = (): Greeter | undefined => {
    let largest: ReadonlySet<Greeter> = new Set();
    for (const greeters of byTcp.values()) if (greeters.size > largest.size) largest = greeters;
    const [oldest] = largest;
    return oldest;
  };

  return {
    add(greeter: Greeter): void {
      if (size >= MOST_WITHOUT_HELLO) most()?.onLate();
      const greeters = byTcp.get(greeter.tcp) ?? new Set();
      byTcp.set(greeter.tcp, greeters.add(greeter));
      size += 1;
    },
    delete(greeter: Greeter): void {
      const greeters = byTcp.get(greeter.tcp);
      if (!greeters?.delete(greeter)) return;
      size -= 1;
      if (greeters.size === 0) byTcp.delete(greeter.tcp);
    },
  };
}
