import { manualClock } from "@serendip/time/testing";
import { act } from "react";
import { describe, expect, it } from "vitest";
import { IDLE_SNAPSHOT } from "../src/chat-store.ts";
import { AnnouncerProvider } from "../src/components/announcements.tsx";
import { LazySettings, type loadSettings } from "../src/components/lazy-settings.tsx";
import { SettingsFields } from "../src/components/settings-fields.tsx";
import { LOAD_LIMIT_MS } from "../src/not-loaded.ts";
import { fakeChat } from "../src/testing/fake-chat.ts";
import { ClockContext } from "../src/use-seconds.ts";
import { announced, button, buttonNames, press, render } from "./support/render.tsx";

type Loading = ReturnType<typeof loadSettings>;

/** Settings that come when they are let. */
function deferred() {
  let resolve: (settings: typeof SettingsFields) => void = () => {};
  const promise: Loading = new Promise((done) => {
    resolve = done;
  });
  return { promise, resolve: (settings: typeof SettingsFields) => resolve(settings) };
}

const dialog = () => document.querySelector("dialog[open]");
const title = () => dialog()?.querySelector("h2")?.textContent;

async function open(load: () => Loading) {
  const closed: boolean[] = [];
  const clock = manualClock();
  const page = (isOpen: boolean) => (
    <AnnouncerProvider>
      <ClockContext.Provider value={clock}>
        <LazySettings
          chat={{ ...IDLE_SNAPSHOT, actions: fakeChat() }}
          open={isOpen}
          onClose={() => closed.push(true)}
          load={load}
        />
      </ClockContext.Provider>
    </AnnouncerProvider>
  );
  const root = await render(page(true));
  return {
    closed,
    clock,
    pass: (byMs: number) => act(async () => clock.advance(byMs)),
    show: (isOpen: boolean) => act(async () => root.render(page(isOpen))),
  };
}

describe("settings whose code is on its way", () => {
  it("open when it is there, for the press that was made before", async () => {
    const loading = deferred();
    await open(() => loading.promise);
    expect(dialog()).toBe(null);
    await act(async () => loading.resolve(SettingsFields));
    expect(title()).toBe("Settings");
  });

  it("do not open for one who has closed what was not there yet", async () => {
    const loading = deferred();
    const { show } = await open(() => loading.promise);
    await show(false);
    await act(async () => loading.resolve(SettingsFields));
    expect(dialog()).toBe(null);
  });

  it("that cannot come say that a reload helps, can be dismissed, and are tried again at the next press", async () => {
    let tries = 0;
    const { closed, show } = await open(() => {
      tries += 1;
      return tries === 1 ? Promise.reject(new TypeError("Failed to fetch")) : Promise.resolve(SettingsFields);
    });
    expect(title()).toBe("A part of this page could not be loaded");
    expect(buttonNames()).toEqual(["Reload", "Dismiss"]);
    await press("Dismiss");
    expect(closed).toEqual([true]);
    await show(false);
    expect(dialog()).toBe(null);
    await show(true);
    expect(title()).toBe("Settings");
  });

  it("that take long say that they are on their way, and change in place, with the focus where it is", async () => {
    const loading = deferred();
    const { pass, clock } = await open(() => loading.promise);
    await pass(499);
    expect(dialog()).toBe(null);
    await pass(1);
    expect([title(), buttonNames()]).toEqual(["Settings", ["Dismiss"]]);
    expect(dialog()?.textContent).toContain("Loading…");
    expect(announced()).toEqual(["Ready to start", "Loading…"]);
    const dismiss = button("Dismiss");
    dismiss.focus();
    await act(async () => loading.resolve(SettingsFields));
    expect([title(), announced()]).toEqual(["Settings", ["Ready to start"]]);
    expect(dialog()?.querySelector("select")).not.toBe(null);
    expect([document.activeElement, dismiss.textContent]).toEqual([dismiss, "Done"]);
    expect(clock.pending()).toBe(0);
  });

  it("that do not come say that a reload helps, aloud too, and open when they come after all", async () => {
    const loading = deferred();
    const { pass, show, clock } = await open(() => loading.promise);
    await pass(LOAD_LIMIT_MS);
    expect(title()).toBe("A part of this page could not be loaded");
    expect(buttonNames()).toEqual(["Reload", "Dismiss"]);
    expect(announced()).toEqual([
      "Ready to start",
      expect.stringMatching(/^A part of this page could not be loaded\. Reload/),
    ]);
    await act(async () => loading.resolve(SettingsFields));
    expect([title(), buttonNames()]).toEqual(["Settings", ["Done"]]);
    await show(false);
    expect([dialog(), clock.pending()]).toEqual([null, 0]);
  });
});
