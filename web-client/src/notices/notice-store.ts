/** What a person has chosen, remembered by the browser. */
export type NoticeKind = "sound" | "notification";

const KEYS: Record<NoticeKind, string> = {
  sound: "serendip.notice.sound",
  notification: "serendip.notice.notification",
};

/** What the browser would not keep: it holds as long as the page. */
const unkept = new Map<NoticeKind, "on" | "off">();

/** Both are on until they are turned off; a notification needs the browser's permission besides. */
export function isWanted(kind: NoticeKind): boolean {
  const choice = unkept.get(kind);
  if (choice) return choice === "on";
  try {
    return window.localStorage.getItem(KEYS[kind]) !== "off";
  } catch {
    return true;
  }
}

/** Across reloads, where the browser keeps anything; for this page everywhere. */
export function remember(kind: NoticeKind, choice: "on" | "off"): void {
  unkept.set(kind, choice);
  try {
    window.localStorage.setItem(KEYS[kind], choice);
    // From now on what another tab chooses counts here too.
    unkept.delete(kind);
  } catch {}
}
