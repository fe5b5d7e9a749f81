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

test("online again, visible again: each is promising, and only who can see the page is there", () => {
  const page = ownWindow();
  let promising = 0;
  const hints = networkHints(page);
  hints.onPromising(() => {
    promising += 1;
  });
  page.dispatchEvent(new Event("online"));
  expect(promising).toBe(1);
  show(page, "hidden");
  expect(promising).toBe(1);
  expect(hints.isVisible()).toBe(false);
  show(page, "visible");
  expect(promising).toBe(2);
  expect(hints.isVisible()).toBe(true);
});

test("[S12] a page that is kept when it goes, and shown again as it was, says both", () => {
  const page = ownWindow();
  const said: string[] = [];
  const hints = networkHints(page);
  hints.onLeaving((how) => said.push(how));
  hints.onReturned(() => said.push("returned"));
  for (const persisted of [false, true]) {
    page.dispatchEvent(new PageTransitionEvent("pagehide", { persisted }));
    page.dispatchEvent(new PageTransitionEvent("pageshow", { persisted }));
  }
  expect(said).toEqual(["gone", "kept", "returned"]);
});

/** Gives the page's network a kind, as phones name it, and tells that something about it has changed. */
function changeConnection(page: Window, type: string): void {
  const { connection } = page.navigator as { readonly connection?: EventTarget };
  if (!connection) throw new Error("this browser has no Network Information API");
  Object.defineProperty(connection, "type", { value: type, configurable: true });
  connection.dispatchEvent(new Event("change"));
}

test("[L6] a new way to the network is another one: online again, or a network of another kind", () => {
  const page = ownWindow();
  changeConnection(page, "wifi");
  let changes = 0;
  const undo = networkHints(page).onNetworkChanged(() => {
    changes += 1;
  });
  page.dispatchEvent(new Event("online"));
  expect(changes).toBe(1);
  changeConnection(page, "cellular");
  expect(changes).toBe(2);
  undo();
  page.dispatchEvent(new Event("online"));
  changeConnection(page, "wifi");
  expect(changes).toBe(2);
});

test("[L6] new estimates of the bandwidth, and a network that is gone, are no new way", () => {
  const page = ownWindow();
  changeConnection(page, "wifi");
  let changes = 0;
  networkHints(page).onNetworkChanged(() => {
    changes += 1;
  });
  for (let estimates = 0; estimates < 20; estimates += 1) changeConnection(page, "wifi");
  changeConnection(page, "none");
  expect(changes).toBe(0);
  changeConnection(page, "wifi");
  expect(changes).toBe(1);
});

test("[L6] a kind of network that the browser does not know for a while is no new way", () => {
  const page = ownWindow();
  changeConnection(page, "unknown");
  let changes = 0;
  networkHints(page).onNetworkChanged(() => {
    changes += 1;
  });
  for (const type of ["wifi", "unknown", "wifi"]) changeConnection(page, type);
  expect(changes).toBe(0);
  for (const type of ["unknown", "cellular"]) changeConnection(page, type);
  expect(changes).toBe(1);
});

test("[C38] a page that goes away says so, really", () => {
  const page = ownWindow();
  const left: string[] = [];
  networkHints(page).onLeaving((how) => left.push(how));
  page.frameElement?.remove();
  expect(left).toEqual(["gone"]);
});

test("[C8] an undone subscription hears nothing; undoing twice is harmless", () => {
  const page = ownWindow();
  let calls = 0;
  const count = () => {
    calls += 1;
  };
  const hints = networkHints(page);
  const listening = [hints.onPromising, hints.onNetworkChanged, hints.onLeaving, hints.onReturned];
  for (const undo of listening.map((listen) => listen(count))) {
    undo();
    undo();
  }
  page.dispatchEvent(new Event("online"));
  show(page, "visible");
  page.dispatchEvent(new PageTransitionEvent("pageshow", { persisted: true }));
  page.dispatchEvent(new PageTransitionEvent("pagehide"));
  expect(calls).toBe(0);
});
