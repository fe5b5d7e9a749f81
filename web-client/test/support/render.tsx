import { type Clock, systemClock } from "@serendip/time";
import { act, type ReactNode } from "react";
import { createRoot, type Root } from "react-dom/client";
import { afterEach } from "vitest";
import { App } from "../../src/app.tsx";
import { loadSettings } from "../../src/components/lazy-settings.tsx";
import type { FakeChat } from "../../src/testing/fake-chat.ts";
import { ClockContext } from "../../src/use-seconds.ts";
import { useVideoChat } from "../../src/use-video-chat.ts";

(globalThis as { IS_REACT_ACT_ENVIRONMENT?: boolean }).IS_REACT_ACT_ENVIRONMENT = true;

const roots = new Set<Root>();

afterEach(async () => {
  await act(async () => {
    for (const root of roots) root.unmount();
  });
  roots.clear();
  document.body.replaceChildren();
});

/** Mounts a tree in the document; it is unmounted after the test. */
export async function render(tree: ReactNode): Promise<Root> {
  const container = document.body.appendChild(document.createElement("div"));
  const root = createRoot(container);
  roots.add(root);
  await act(async () => root.render(tree));
  return root;
}

export async function unmount(root: Root): Promise<void> {
  roots.delete(root);
  await act(async () => root.unmount());
}

function Page({ chat }: { readonly chat: FakeChat }) {
  return <App chat={useVideoChat(chat)} />;
}

/** The whole page over a scripted chat, with the settings' code there already. */
export async function renderApp(chat: FakeChat, clock: Clock = systemClock()): Promise<void> {
  await loadSettings();
  await render(
    <ClockContext.Provider value={clock}>
      <Page chat={chat} />
    </ClockContext.Provider>,
  );
}

const visibleButtons = () =>
  [...document.querySelectorAll("button")].filter((button) => !button.closest("dialog:not([open])"));

const nameOf = (button: HTMLButtonElement) =>
  button.getAttribute("aria-label") ?? button.textContent?.trim() ?? "";

/** The names of the buttons that one can see, in the order of the page. */
export function buttonNames(): readonly string[] {
  return visibleButtons().map(nameOf);
}

export function button(name: string): HTMLButtonElement {
  const found = visibleButtons().filter((candidate) => nameOf(candidate) === name);
  const [only] = found;
  if (!only || found.length > 1)
    throw new Error(`${found.length} buttons named ${name}: ${buttonNames().join(", ")}`);
  return only;
}

export async function press(name: string): Promise<void> {
  await act(async () => button(name).click());
}

export const role = (name: string) => [...document.querySelectorAll<HTMLElement>(`[role="${name}"]`)];

export const statusText = () => role("status")[0]?.textContent;

export const alertText = () => role("alert")[0]?.textContent;

/** What is in the live region that one can hear: a modal dialog's own, or that of the page. */
export const announced = () => {
  const region =
    document.querySelector("dialog[open] .announcements") ?? document.querySelector(".announcements");
  return [...(region?.children ?? [])].map(({ textContent }) => textContent);
};

export const pageText = () => document.querySelector("main")?.textContent ?? "";
