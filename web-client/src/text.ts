import type { ChatStatus, DeviceStatus, MediaKind, RecoveryAction, SignalingStatus } from "@serendip/client";
import type { Crowd, RoomEndReason } from "@serendip/protocol";

/** What the live region says, one short sentence for each phase: part of the contract with tests and screen readers. */
export const STATUS_TEXT: Record<ChatStatus["phase"], string> = {
  idle: "Ready to start",
  returning: "Going back to your call…",
  "requesting-media": "Allow your camera and microphone to continue",
  searching: "Looking for partner…",
  connecting: "Partner found. Connecting…",
  connected: "Connected",
  reconnecting: "Connection lost. Reconnecting…",
  "partner-left": "Partner left.",
  failed: "Chat stopped",
};

/** While code is on its way, no browser asks for anything yet. */
export function statusText(status: ChatStatus): string {
  return status.phase === "requesting-media" && status.loading ? LOADING.status : STATUS_TEXT[status.phase];
}

export const LOADING = {
  status: "Loading…",
  title: "Loading",
  detail: "A part of this page is still on its way.",
} as const;

export const PRODUCT = { name: "Serendip", statusLabel: "Chat status" } as const;

export const HOME = {
  title: "Random video chat",
  lead: "Meet someone new, face to face. No account, nothing to install.",
  start: "Start Chatting",
  goOn: "Go on",
  goOnHint: "You left a call. Go on while your partner may still be there, or start with someone new.",
  hidden: "Your IP address stays hidden. Change that in Settings.",
  startHint: (camera: boolean) => `Your browser will ask for your ${camera ? "camera and " : ""}microphone.`,
  stepsTitle: "What happens next",
  steps: [
    {
      title: "You allow camera and microphone",
      detail: "They are used for the chat only, and go off when you press Stop.",
    },
    { title: "We find someone who is waiting too", detail: "Usually within seconds." },
    {
      title: "You see and hear each other",
      detail: "Press Next for someone else, or Stop to end the chat, at any time.",
    },
  ],
  trust: [
    "Video and sound travel encrypted from browser to browser. Serendip does not record them.",
    "You meet strangers: keep your name, address and accounts to yourself, and press Next when something feels wrong.",
  ],
  joinGroup: "Join with",
  trouble: "Something does not work?",
} as const;

export const CONTROLS = {
  group: "Call controls",
  next: "Next",
  stop: "Stop",
  settings: "Settings",
  settingsDone: "Done",
} as const;

const TOGGLE_TEXT: Record<MediaKind, { readonly on: string; readonly off: string }> = {
  camera: { on: "Turn off camera", off: "Turn on camera" },
  microphone: { on: "Mute microphone", off: "Unmute microphone" },
};

/** The verb says what a press does, so that the state is not said twice. */
export function toggleText(kind: MediaKind, enabled: boolean): string {
  return enabled ? TOGGLE_TEXT[kind].on : TOGGLE_TEXT[kind].off;
}

const TOGGLE_WORD: Record<MediaKind, { readonly on: string; readonly off: string }> = {
  camera: { on: "Camera", off: "Camera" },
  microphone: { on: "Mute", off: "Unmute" },
};

/** What a small screen shows of `toggleText`; a word of it, so that speech control finds the button by either. */
export function toggleWord(kind: MediaKind, enabled: boolean): string {
  return enabled ? TOGGLE_WORD[kind].on : TOGGLE_WORD[kind].off;
}

export const FULL_SCREEN = { enter: "Full screen", leave: "Leave full screen" } as const;

export const SELF_VIEW = { label: "Your video", switchCamera: "Switch camera" } as const;

/** What stands in the self view where there is no picture; undefined while there is one, or one is about to come. */
export function selfViewNote(camera: DeviceStatus): string | undefined {
  if (camera.state === "missing") return "No camera";
  if (camera.state === "paused") return "Paused by your device";
  return camera.enabled ? undefined : "Camera is off";
}

export const PARTNER_VIEW = {
  label: "Partner's video",
  noPicture: "Your partner's camera is off",
  pausedPicture: "Your partner's camera is paused by their device",
  noSound: "Your partner's microphone is off",
  pausedSound: "Your partner's microphone is paused by their device",
  soundBlocked: "Your browser keeps the sound off until you press this button.",
  soundBlockedNews: "Your browser keeps the sound off until you press Turn on sound.",
  turnOnSound: "Turn on sound",
} as const;

export const RETURNING = {
  title: "Going back to your call",
  detail: "We ask whether your partner is still there.",
} as const;

export const REQUESTING = {
  title: "Your browser is asking you",
  detail:
    "Choose Allow, so that your partner can see and hear you. Nothing is sent before you have a partner.",
  hint: "Can you not see the question? Look for the prompt near the address bar: a camera or lock symbol.",
} as const;

export const WAITING = {
  title: "Finding someone for you",
  detail: "Stay on this page. You will see and hear each other as soon as someone is there.",
  long: "This takes longer than usual. You keep your place.",
  alone: "You are the only one here right now. Ask a friend to open this page, and you will meet.",
  crowd: ({ online, waiting }: Crowd) =>
    `${online} ${online === 1 ? "person" : "people"} online, ${waiting} looking for a partner`,
  waited: (seconds: number) => `Waiting for ${duration(seconds)}`,
} as const;

/** Why the search has not begun; the banner above says what is the matter. */
export const SEARCH_WAITS = {
  server: {
    title: "Waiting for the chat server",
    detail: "The search begins as soon as it answers. Nothing for you to do.",
  },
  full: {
    title: "Waiting for a free place",
    detail: "The search begins as soon as this site takes you in. Nothing for you to do.",
  },
  "too-fast": {
    title: "Waiting for the end of the pause",
    detail: "The search begins after it. Nothing for you to do.",
  },
} as const;

/** The site lets newcomers in only after some work of their device, or a check. */
export const CHECKING = {
  title: "Checking that you are a person",
  detail:
    "This site does so before it lets you in. It can take a minute; if it asks you something, please answer.",
  inCall: "The chat server checks that you are a person.",
} as const;

/** After a press that came sooner than the site takes it. */
export const TOO_SOON = {
  title: "One moment",
  detail: "That was faster than this site allows. The search goes on by itself.",
  countdown: (seconds: number) => (seconds > 0 ? `Next in ${seconds} s` : "Next now…"),
} as const;

export const CONNECTING = {
  title: "Someone is there",
  detail: "Picture and sound are on their way.",
  slow: "Still connecting. On some networks this takes a few seconds more.",
} as const;

export const CALL = {
  title: "Video call",
  away: {
    partner: "Your partner lost the connection and may come back.",
    media: "The picture has stopped. Trying to bring it back.",
  },
  awayLeft: (seconds: number) => `Giving up in ${seconds} s. Next finds someone else at once.`,
  signalingLost: "No connection to the chat server.",
  signalingLostInCall: "No connection to the chat server. Your call goes on.",
  serverPause: {
    full: "The chat server is full and takes this page back later.",
    "too-fast": "The chat server asks this page for a pause.",
  },
  goesOn: "Your call goes on.",
} as const;

/** Why there is no partner any more. Careful: the live region's own words must not appear here again. */
export const PARTNER_LEFT: Record<RoomEndReason, string> = {
  next: "Your partner moved on",
  left: "Your partner ended the chat",
  timeout: "Your partner could not be reached",
  superseded: "Your partner went on elsewhere",
  "media-failed": "Your networks could not be connected",
  "server-restart": "Your partner did not come back",
  flood: "Your partner's device sent too much, so the chat was ended",
};

export const PARTNER_LEFT_COUNTDOWN = (seconds: number) =>
  seconds > 0 ? `Looking again in ${seconds} s` : "Looking again now";

/** The connection to the chat server, for a person who waits. */
const SERVER_STATE: Record<SignalingStatus["state"], string> = {
  closed: "Server: not in use",
  connecting: "Server: connecting…",
  online: "Server: reached",
  waiting: "Server: not reached, trying again",
  offline: "Server: not reached",
};

export const isChallenged = (signaling: SignalingStatus): boolean =>
  signaling.state === "connecting" && signaling.challenged === true;

/** Where the server has said why it is not reached. */
const SERVER_PAUSE = { full: "Server: full", "too-fast": "Server: asks for a pause" } as const;

export function serverText(signaling: SignalingStatus): string {
  if (isChallenged(signaling)) return "Server: reached, checking";
  return "why" in signaling && signaling.why ? SERVER_PAUSE[signaling.why] : SERVER_STATE[signaling.state];
}

/** The first pauses are shorter than a second, in which nobody reads a number. */
export const RETRY_COUNTDOWN = (seconds: number) =>
  seconds > 1 ? `Trying again in ${seconds} s` : "Trying now…";

/** Labels of the buttons that help; undefined: nothing to press, or the UI has another way (`join-without`). */
export const ACTION_TEXT: Record<RecoveryAction, string | undefined> = {
  none: undefined,
  wait: undefined,
  "try-again": "Try again",
  "join-without": undefined,
  "choose-device": "Choose another device",
  "retry-now": "Retry now",
  "use-here": "Use here",
  "find-another": "Find someone else",
  reload: "Reload",
  // A link, not a button: it leads to another page.
  check: undefined,
};

export const PROBLEM_BUTTONS = {
  back: "Back to start",
  dismiss: "Dismiss",
  tryAgain: "Try again",
  showAddress: "Go on without hiding it",
} as const;

/** @param device undefined: both. */
export function joinWithoutText(device: MediaKind | undefined): string {
  return `Continue without ${device ?? "camera and microphone"}`;
}

export const CRASH = {
  title: "This page ran into a problem",
  detail: "The chat has ended, and your camera and microphone are off. Reload the page to go on.",
  reload: "Reload",
} as const;

/** By the kind of a `ConfigProblem`; what exactly is wrong is said below it. */
export const CONFIG_PROBLEM = {
  wrong: {
    title: "This site is not set up correctly",
    advice:
      "It does not know where its chat server is. Nothing is wrong with your device; please come back later.",
  },
  "not-loaded": {
    title: "This site did not load completely",
    advice: "Please check your internet connection, then reload the page.",
  },
  operator: "For whoever runs this site",
  reload: "Reload",
} as const;

export function documentTitle(status: ChatStatus): string {
  return status.phase === "idle"
    ? `${PRODUCT.name} – ${HOME.title}`
    : `${statusText(status)} – ${PRODUCT.name}`;
}

function duration(seconds: number): string {
  const minutes = Math.floor(seconds / 60);
  return minutes === 0 ? `${seconds} s` : `${minutes} min ${seconds % 60} s`;
}
