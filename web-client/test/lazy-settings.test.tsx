import { act } from "react";
import { describe, expect, it } from "vitest";
import { IDLE_SNAPSHOT } from "../src/chat-store.ts";
import { LazySettings, type loadSettings } from "../src/components/lazy-settings.tsx";
import { SettingsDialog } from "../src/components/settings-dialog.tsx";
import { fakeChat } from "../src/testing/fake-chat.ts";
import { buttonNames, press, render } from "./support/render.tsx";

type Loading = ReturnType<typeof loadSettings>;

/** Settings that come when they are let. */
function deferred() {
  let resolve: (settings: typeof SettingsDialog) => void = () => {};
  const promise: Loading = new Promise((done) => {
    resolve = done;
  });
  return { promise, resolve: (settings: typeof SettingsDialog) => resolve(settings) };
}

const title = () => document.querySelector("dialog[open] h2")?.textContent;

async function open(load: () => Loading) {
  const closed: boolean[] = [];
  const page = (isOpen: boolean) => (
    <LazySettings
      chat={{ ...IDLE_SNAPSHOT, actions: fakeChat() }}
      open={isOpen}
      onClose={() => closed.push(true)}
      load={load}
    />
  );
  const root = await render(page(true));
  return { closed, show: (isOpen: boolean) => act(async () => root.render(page(isOpen))) };
}

describe("settings whose code is on its way", () => {
  it("open when it is there, for the press that was made before", async () => {
    const loading = deferred();
    await open(() => loading.promise);
    expect(document.querySelector("dialog")).toBe(null);
    await act(async () => loading.resolve(SettingsDialog));
    expect(title()).toBe("Settings");
  });

  it("do not open for one who has closed what was not there yet", async () => {
    const loading = deferred();
    const { show } = await open(() => loading.promise);
    await show(false);
    await act(async () => loading.resolve(SettingsDialog));
    expect(document.querySelector("dialog[open]")).toBe(null);
  });

  it("that cannot come say that a reload helps, can be dismissed, and are tried again at the next press", async () => {
    let tries = 0;
    const { closed, show } = await open(() => {
      tries += 1;
      return tries === 1 ? Promise.reject(new TypeError("Failed to fetch")) : Promise.resolve(SettingsDialog);
    });
    expect(title()).toBe("A part of this page could not be loaded");
    expect(buttonNames()).toEqual(["Reload", "Dismiss"]);
    await press("Dismiss");
    expect(closed).toEqual([true]);
    await show(false);
    expect(document.querySelector("dialog")).toBe(null);
    await show(true);
    expect(title()).toBe("Settings");
  });
});
