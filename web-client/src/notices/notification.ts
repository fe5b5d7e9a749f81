import { NOTICES } from "./notice-text.ts";

/** Whether this page may show notifications: asked of the browser, never of the person. */
export type NotificationAccess = "granted" | "askable" | "refused" | "unsupported";

export function notificationAccess(): NotificationAccess {
  if (typeof Notification === "undefined") return "unsupported";
  if (Notification.permission === "granted") return "granted";
  return Notification.permission === "denied" ? "refused" : "askable";
}

/** Asks the person; to be called in a press. A first one is shown at once: it says whether this browser can. */
export async function askForNotifications(): Promise<NotificationAccess> {
  if (notificationAccess() === "askable") await Notification.requestPermission();
  const access = notificationAccess();
  if (access !== "granted") return access;
  return show(NOTICES.works, {}) ? "granted" : "unsupported";
}

/**
 * Says that a partner is there. A press on it brings the page to the front, which takes it away again.
 *
 * @param sound whether the browser may play its own; not where the page has played one.
 */
export function announcePartner({ sound }: { readonly sound: boolean }): void {
  if (notificationAccess() !== "granted") return;
  const shown = show(NOTICES.found, { body: NOTICES.foundDetail, silent: !sound });
  if (!shown) return;
  const look = () => {
    if (document.visibilityState !== "visible") return;
    shown.close();
  };
  document.addEventListener("visibilitychange", look);
  shown.addEventListener("close", () => document.removeEventListener("visibilitychange", look));
  shown.addEventListener("click", () => {
    window.focus();
    shown.close();
  });
}

function show(title: string, options: NotificationOptions): Notification | undefined {
  try {
    // One tag: a later one takes the place of an earlier one.
    return new Notification(title, { tag: "serendip-partner", ...options });
  } catch {
    // Chromium on Android has them for service workers alone (a TypeError).
    return undefined;
  }
}
