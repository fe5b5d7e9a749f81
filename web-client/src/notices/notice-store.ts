/** What a person has chosen, remembered by the browser. */
export type NoticeKind = "sound" | "notification";

const KEYS: Record<NoticeKind, string> = {
  sound: "serendip.notice.sound",
  notification: "serendip.notice.notification",
};

/** Both are on until they are turned off; a notification needs the browser's permission besides. */
export function isWanted(kind: NoticeKind): boolean {
  try {
    return window.localStorage.getItem(KEYS[kind]) !== "off";
  } catch {
    return true;
  }
}

/** @returns false where the browser keeps nothing: then the choice holds for nothing either. */
export function remember(kind: NoticeKind, choice: "on" | "off"): boolean {
  try {
    window.localStorage.setItem(KEYS[kind], choice);
    return true;
  } catch {
    return false;
  }
}
