import { type ManualClock, manualClock } from "@serendip/time/testing";
import { onTestFinished } from "vitest";
import { DEFAULT_LOBBY_SETTINGS, type LobbySettings } from "../../../src/domain/lobby/settings.ts";
import type { LobbyStore } from "../../../src/store/lobby-store.ts";
import { type Stranger, type Strangers, strangers } from "../strangers.ts";

/** Makes a store that knows nobody. Rooms of two stores of the same test must not get the same ids. */
export type LobbyStoreFactory = (setup: {
  readonly clock: ManualClock;
  readonly settings: LobbySettings;
}) => Promise<LobbyStore>;

/** What a test of the contract stands on. */
export interface Scene extends Strangers {
  readonly clock: ManualClock;
  readonly settings: LobbySettings;
  /** A page that has entered. */
  enter(identity?: Parameters<Strangers["page"]>[0]): Promise<Stranger>;
  /** Two who have just been matched; the first one waited. */
  pair(): Promise<[Stranger, Stranger]>;
  /** Two who have both said `ready`. */
  call(): Promise<[Stranger, Stranger]>;
  /** An empty store takes the place of the one before, as after a restart of the service. */
  restartService(): Promise<void>;
}

/** Sets the scene; every test has its own. */
export type Arrange = (overrides?: Partial<LobbySettings>) => Promise<Scene>;

export function arrangeWith(factory: LobbyStoreFactory): Arrange {
  return async (overrides = {}) => {
    const clock = manualClock();
    const settings: LobbySettings = { ...DEFAULT_LOBBY_SETTINGS, ...overrides };
    const open = async () => {
      const store = await factory({ clock, settings });
      onTestFinished(() => store.close());
      return store;
    };
    const people = strangers(await open(), clock);

    const enter: Scene["enter"] = async (identity) => {
      const page = people.page(identity);
      await page.enter();
      return page;
    };
    const pair = async (): Promise<[Stranger, Stranger]> => {
      const first = await enter();
      const second = await enter();
      await first.find();
      await second.find();
      return [first, second];
    };
    return {
      get store() {
        return people.store;
      },
      facts: people.facts,
      page: people.page,
      pass: people.pass,
      settle: people.settle,
      restart: people.restart,
      clock,
      settings,
      enter,
      pair,
      call: async () => {
        const both = await pair();
        for (const page of both) await page.ready();
        return both;
      },
      restartService: async () => {
        await people.store.close();
        people.restart(await open());
      },
    };
  };
}
