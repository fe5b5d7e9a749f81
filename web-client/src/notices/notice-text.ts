/** What tells a person in another tab or program that somebody is there. */
export const NOTICES = {
  title: "When this tab is in the background",
  sound: "Play a sound when someone is there",
  notification: "Show a notification as well",
  /** Why the switch cannot be on. */
  refused: "Your browser does not allow notifications of this site. You can change that beside the address.",
  unsupported: "This browser does not show notifications of open pages.",
  found: "Someone is there",
  foundDetail: "Your partner is waiting for you.",
  works: "Notifications are on",
} as const;
