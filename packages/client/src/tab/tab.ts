import { type Clock, deadlineTimer } from "@serendip/time";
import type { MediaSource } from "../media/media-source.port.ts";
import type { Unsubscribe } from "../words/log.ts";
import type { NetworkHints } from "./network-hints.port.ts";
import { type ActiveCall, type Arrival, judgeReturn, type OfferedCall } from "./return.machine.ts";
import type { TabMemory } from "./tab-memory.ts";

/** Browsers tell one change of network in several ways, within this time. */
const ONE_CHANGE_MS = 1_000;

/** The chat's ties to its tab: what the browser says, and what an earlier document of the tab left behind. */
export interface Tab {
  /** Listens to the browser and looks at what the tab remembers; does nothing when that is done. */
  open(): void;
  /** Lets go of the browser and of the memory. What nobody has gone on with yet stays for the next `open`. */
  close(): void;
  /** The person has decided: nothing is gone on with any more. */
  decide(): void;
  /** Whether there is a call that the person may go on with. */
  offers(): boolean;
  /** The person goes on with it; nothing where none is offered. */
  goOn(): void;
}

export function createTab(options: {
  readonly clock: Clock;
  /** The system's: a page may be kept, or its computer asleep, for long. */
  readonly systemClock: Pick<Clock, "now">;
  readonly hints: NetworkHints;
  readonly media: MediaSource;
  readonly memory: TabMemory;
  readonly onPromising: () => void;
  readonly onNetworkChanged: () => void;
  readonly onLeaving: (how: "gone" | "kept") => void;
  readonly onDevicesChanged: () => void;
  /** The tab's memory can be read, or what is offered has changed. */
  readonly onChange: () => void;
  /** A reload interrupted this search or call. */
  readonly onActive: (active: ActiveCall) => void;
  /** This call is offered; joining it is to be as it was. */
  readonly onOffer: (call: OfferedCall) => void;
  /** The person goes on with this call; after `until` (of the engine's clock) its room is gone. */
  readonly onGoOn: (call: OfferedCall, until: number) => void;
  readonly onError: (code: string, context: string) => void;
}): Tab {
  const { clock, systemClock, hints, media, memory, onError, onChange } = options;
  let ties: readonly Unsubscribe[] | undefined;
  let undecided = true;
  /** Numbers the decisions, of the person and of those who leave or show the page: what waits for an older one is void. */
  let decision = 0;
  let changedAt = Number.NEGATIVE_INFINITY;
  let offer: { readonly call: OfferedCall; readonly until: number } | undefined;
  const expiry = deadlineTimer(clock, look);

  const setOffer = (next: typeof offer): void => {
    offer = next;
    expiry.pointAt(offer?.until);
    onChange();
  };

  /** Runs `then` once `work` is done, unless anything has been decided meanwhile. */
  const later = <Result>(work: Promise<Result>, then: (result: Result) => void): void => {
    const mine = decision;
    work.then(
      (result) => {
        if (decision === mine) then(result);
      },
      (error: unknown) => onError("memory", String(error)),
    );
  };

  function look(arrival: Arrival = "other"): void {
    const found = judgeReturn(memory.current(), arrival, systemClock.now());
    // The page is shown as the first one: a later reload is one of that page.
    if (found.does !== "go-on") memory.putAside();
    if (found.does === "nothing") setOffer(undefined);
    if (found.does === "go-on") later(memory.open(), goOnByItself);
    if (found.does === "offer") later(memory.isCopy(), (copy) => show(copy ? undefined : found));
  }

  function goOnByItself(): void {
    const { active } = memory.current();
    undecided = false;
    onChange();
    if (active) options.onActive(active);
  }

  function show(found: { readonly call: OfferedCall; readonly forMs: number } | undefined): void {
    if (found && !offer) options.onOffer(found.call);
    setOffer(found && { call: found.call, until: clock.now() + found.forMs });
  }

  function returned(): void {
    decision += 1;
    undecided = true;
    look();
  }

  function decide(): void {
    decision += 1;
    undecided = false;
    if (offer) setOffer(undefined);
  }

  return {
    open() {
      if (ties) return;
      ties = [
        hints.onReturned(returned),
        hints.onPromising(() => {
          // Timers stand still while a computer sleeps.
          if (offer) look();
          options.onPromising();
        }),
        hints.onNetworkChanged(() => {
          if (clock.now() - changedAt < ONE_CHANGE_MS) return;
          changedAt = clock.now();
          options.onNetworkChanged();
        }),
        hints.onLeaving((how) => {
          decision += 1;
          options.onLeaving(how);
        }),
        media.onDevicesChanged(options.onDevicesChanged),
      ];
      const arrival = memory.peek();
      onChange();
      if (undecided) look(arrival);
    },
    close() {
      for (const undo of ties ?? []) undo();
      ties = undefined;
      decision += 1;
      offer = undefined;
      expiry.pointAt(undefined);
      memory.close();
    },
    decide,
    offers: () => offer !== undefined,
    goOn() {
      if (!offer) return;
      const { call, until } = offer;
      decide();
      later(memory.open(), () => {
        // Otherwise it was a duplicate's after all.
        if (memory.current().active?.requestId === call.requestId) options.onGoOn(call, until);
      });
    },
  };
}
