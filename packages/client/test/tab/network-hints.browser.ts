import { expect, onTestFinished, test } from "vitest";
import { networkHints } from "../../src/tab/network-hints.browser.ts";

/** A document of its own, so that events about it mean nothing to the test runner. */
function ownWindow(): Window {
  const frame = document.createElement("iframe");
  document.body.append(frame);
  onTestFinished(() => frame.remove());
  const page = frame.contentWindow;
  if (!page) throw new Error("the frame has no window");
  return page;
}

function show(page: Window, visibilityState: DocumentVisibilityState): void {
  Object.defineProperty(page.document, "visibilityState", { value: visibilityState, configurable: true });
  page.document.dispatchEvent(new Event("visibilitychange"));
}

test("online again, visible again, back from the cache: each is promising", () => {
  const page = ownWindow();
  let promising = 0;
  networkHints(page).onPromising(() => {
    promising += 1;
  });
  page.dispatchEvent(new Event("online"));
  expect(promising).toBe(1);
  show(page, "hidden");
  expect(promising).toBe(1);
  show(page, "visible");
  expect(promising).toBe(2);
  page.dispatchEvent(new PageTransitionEvent("pageshow", { persisted: false }));
  expect(promising).toBe(2);
  page.dispatchEvent(new PageTransitionEvent("pageshow", { persisted: true }));
  expect(promising).toBe(3);
});

test("[L6] a new way to the network is another one: online again, and where the browser says so a change of the connection", () => {
  const page = ownWindow();
  let changes = 0;
  const undo = networkHints(page).onNetworkChanged(() => {
    changes += 1;
  });
  page.dispatchEvent(new Event("online"));
  expect(changes).toBe(1);
  const { connection } = page.navigator as { readonly connection?: EventTarget };
  connection?.dispatchEvent(new Event("change"));
  expect(changes).toBe(connection ? 2 : 1);
  undo();
  page.dispatchEvent(new Event("online"));
  connection?.dispatchEvent(new Event("change"));
  expect(changes).toBe(connection ? 2 : 1);
});

test("[C38] a page that goes away says so, really", () => {
  const page = ownWindow();
  let unloads = 0;
  networkHints(page).onUnload(() => {
    unloads += 1;
  });
  page.frameElement?.remove();
  expect(unloads).toBe(1);
});

test("[C8] an undone subscription hears nothing; undoing twice is harmless", () => {
  const page = ownWindow();
  let calls = 0;
  const count = () => {
    calls += 1;
  };
  const hints = networkHints(page);
  for (const undo of [hints.onPromising(count), hints.onNetworkChanged(count), hints.onUnload(count)]) {
    undo();
    undo();
  }
  page.dispatchEvent(new Event("online"));
  show(page, "visible");
  page.dispatchEvent(new PageTransitionEvent("pageshow", { persisted: true }));
  page.dispatchEvent(new PageTransitionEvent("pagehide"));
  expect(calls).toBe(0);
});
