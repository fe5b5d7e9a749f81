import type { ChatError, ChatErrorCode, MediaKind } from "@serendip/client";

/** What a person is told about a problem. */
export interface ProblemText {
  readonly title: string;
  readonly advice: string;
  /** Things to try, in this order. */
  readonly fixes?: readonly string[];
}

/** What the words depend on. */
type Problem = Omit<ChatError, "area">;
type Words = (error: Problem) => ProblemText;

const NO_CALLS: Words = () => ({
  title: "This browser cannot make video calls",
  advice: "Open this page in a current version of Chrome, Edge, Firefox or Safari.",
});

const ONLY_TWO =
  "Nobody else is waiting. If both of you press Try again, you meet once more; or wait here for someone else.";

/** Every code's own words. A code without an entry does not compile. */
const WORDS: Record<ChatErrorCode, Words> = {
  "media-unsupported": NO_CALLS,
  "media-insecure": () => ({
    title: "Camera and microphone need a secure page",
    advice: "Browsers allow them only on pages whose address starts with https://. Open this page that way.",
  }),
  "media-dismissed": () => ({
    title: "The permission question was closed",
    advice: "Try again, and choose Allow when your browser asks.",
  }),
  "media-denied": ({ device, severity }) => ({
    title: `Your ${named(device)} ${device ? "is" : "are"} blocked for this site`,
    ...(severity === "degraded"
      ? {
          advice: `The chat goes on without ${it(device)}. To change that, press the camera or lock symbol in the address bar, allow ${named(device)}, and try again.`,
        }
      : {
          advice: "Without your permission nobody can see or hear you. One of these helps:",
          fixes: [
            `Press the camera or lock symbol in the address bar and allow ${named(device)}.`,
            "Open your browser's site settings for this page and set camera and microphone to Allow.",
            `Close every other app and tab that uses your ${named(device)}.`,
            "Open this page in another browser.",
          ],
        }),
  }),
  "media-denied-by-system": ({ device }) => ({
    title: `Your system keeps your ${named(device)} from the browser`,
    advice: "Allow the browser to use it in the system's privacy settings, then try again:",
    fixes: [
      "Windows: Settings, Privacy & security, Camera and Microphone.",
      "macOS: System Settings, Privacy & Security, Camera and Microphone.",
      "Android and iOS: Settings, Apps, your browser, Permissions.",
    ],
  }),
  "media-denied-by-policy": ({ device }) => ({
    title: `This page is not allowed to use your ${named(device)}`,
    advice: "It may be shown inside another website. Open it in a tab of its own, or ask whoever runs it.",
  }),
  "media-not-found": ({ device, severity }) => ({
    title: `No ${named(device, "or")} was found`,
    advice:
      severity === "degraded"
        ? "The chat goes on without it: you still see and hear your partner. Plug one in to add it."
        : "Plug one in and try again, or go on without it: you still see and hear your partner.",
  }),
  "media-in-use": ({ device, severity }) => ({
    title: `Your ${named(device)} cannot be used right now`,
    advice: `Another app or tab is probably using ${it(device)}. Close that one and try again${severity === "degraded" ? "." : ", or go on without."}`,
  }),
  "media-overconstrained": ({ device }) => ({
    title: `Your ${named(device)} cannot be used as chosen`,
    advice: "Choose another one in the settings, or try again with the automatic choice.",
  }),
  "media-aborted": ({ device }) => ({
    title: `Your ${named(device)} could not be started`,
    advice: "Try again. If it happens again, unplug it and plug it in again, or restart the browser.",
  }),
  "media-lost": ({ device }) => ({
    title: `Your ${named(device)} ${device ? "was" : "were"} disconnected`,
    advice: `The chat goes on without ${it(device)}. Plug ${it(device)} in again, or choose another device.`,
  }),
  "media-muted-by-system": ({ device }) => ({
    title: `Your ${named(device)} ${device ? "is" : "are"} paused by your device`,
    advice: `A phone call, another app or a key on the keyboard does that. ${device ? "It goes" : "They go"} on when that is over; if not, press Try again.`,
  }),
  "media-allowed": () => ({
    title: "You can go on now",
    advice: "Your browser lets this page use what was blocked before. Press Try again to start the chat.",
  }),
  "server-unreachable": () => ({
    title: "The chat server cannot be reached",
    advice: "We keep trying, and go on as soon as it answers. Please check your internet connection too.",
  }),
  "server-busy": () => ({
    title: "The chat server is very busy",
    advice: "We try again by ourselves in a moment. You need not do anything.",
  }),
  "server-full": () => ({
    title: "Too many people at the moment",
    advice: "This site takes nobody else right now. We try again by ourselves; you need not do anything.",
  }),
  "too-fast": () => ({
    title: "You are going too fast",
    advice: "This site asks for a pause. We go on by ourselves after it; pressing again makes it no shorter.",
  }),
  "session-replaced": () => ({
    title: "Chatting in another tab.",
    advice: "You went on in another tab or window, so this one is quiet. You can bring the chat back here.",
  }),
  "call-over": () => ({
    title: "That call is over",
    advice: "Your partner is not there any more. Nobody else was looked for, and your camera is off.",
  }),
  "identity-refused": () => ({
    title: "The chat server did not let this page in",
    advice: "Try again. If that does not help, close this tab and open the page again.",
  }),
  "challenge-missing": () => ({
    title: "This site needs a check that this page does not have",
    advice: "Nothing is wrong with your device. Whoever runs this site has to add the check to this page.",
  }),
  "challenge-failed": () => ({
    title: "The check was not passed",
    advice: "This site lets people in after a short check. Try again, and follow what it asks.",
  }),
  "access-revoked": () => ({
    title: "You cannot use this chat for now",
    advice: "The people who run it have shut you out for a while.",
  }),
  "version-mismatch": () => ({
    title: "A new version is available",
    advice: "Reload the page to go on. If this message comes back, the server is being updated: try later.",
  }),
  "page-incomplete": () => ({
    title: "A part of this page could not be loaded",
    advice:
      "Reload the page. If that does not help, something may block it: a firewall, an extension of your browser, or no internet.",
  }),
  "protocol-fault": () => ({
    title: "Something went wrong",
    advice: "This page and the chat server misunderstood each other. Starting again helps.",
  }),
  "relay-unavailable": () => ({
    title: "Your address cannot be hidden right now",
    advice:
      "The relay server that hides it cannot be used, so no search was started. Try again in a moment, or go on and let the other person see your network address.",
  }),
  "peer-unsupported": NO_CALLS,
  "peer-timeout": ({ action }) => ({
    title: "The last calls could not be connected",
    advice: `Your network may block video calls: a firewall that stops UDP, or a VPN. Another network, such as your phone's, may help. ${
      action === "try-again" ? ONLY_TWO : "We go on looking."
    }`,
  }),
  "peer-unreachable": () => ({
    title: "None of your last calls could be connected",
    advice:
      "We have stopped looking, because the next call would most likely fail as well. Your network may block video calls: a firewall that stops UDP, or a VPN. The check says what gets through; another network, such as your phone's, may help.",
  }),
  "peer-failed": ({ action }) => ({
    title: "You and the last person could not be connected",
    advice:
      action === "try-again"
        ? ONLY_TWO
        : "Some networks and firewalls do not let calls through. It is nobody's fault; we are looking for someone else.",
  }),
};

/** What to tell a person about an error. */
export function problemText(error: Problem): ProblemText {
  return WORDS[error.code](error);
}

/** Where the page that looks for what is wrong can tell more. */
export function checkHelps({ area, code }: ChatError): boolean {
  return area === "peer" || (area === "server" && !SAID.includes(code)) || CHECKED.includes(code);
}

/** The server itself has said why. */
const SAID: readonly ChatErrorCode[] = ["server-full", "too-fast"];

const CHECKED: readonly ChatErrorCode[] = ["media-in-use", "media-aborted", "media-denied-by-system"];

/** All codes, for the gallery and the tests. */
export const PROBLEM_CODES = Object.keys(WORDS) as readonly ChatErrorCode[];

function it(device: MediaKind | undefined): "it" | "them" {
  return device ? "it" : "them";
}

function named(device: MediaKind | undefined, joint: "and" | "or" = "and"): string {
  return device ?? `camera ${joint} microphone`;
}
