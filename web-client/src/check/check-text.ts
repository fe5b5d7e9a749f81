import type { ChatErrorCode } from "@serendip/client";
import type { CheckName, CheckRow } from "@serendip/client/checks";
import { problemText } from "../problem-text.ts";

export type CheckCause = NonNullable<CheckRow["why"]>;

export const CHECK_PAGE = {
  title: "Connection check",
  lead: "Looks one by one at what a video call needs. Nothing is recorded, and nobody else sees or hears you.",
  start: "Start the check",
  again: "Run again",
  release: "Turn off camera and microphone",
  home: "Back to the chat",
  busy: "Another tab or app that uses your camera, also a chat of this site, can make the camera check fail. Close it first.",
  list: "What is checked",
  preview: "Your video",
  level: "Loudness of your microphone",
  levelHint: "Say something: the bar moves when you are heard.",
  reportTitle: "Report",
  reportHint: "For somebody who helps you. It has no addresses and no names in it.",
  copy: "Copy the report",
  copied: "Copied",
  copyFailed: "Your browser did not let this page copy. Select the text and copy it yourself.",
} as const;

/** What one check is about, and what it looks at. */
export const CHECK_TITLE: Record<CheckName, string> = {
  camera: "Camera",
  microphone: "Microphone",
  signaling: "Chat server",
  udp: "Direct calls (UDP)",
  "turn-udp": "Relay server over UDP",
  "turn-tcp": "Relay server over TCP",
  "turn-tls": "Relay server over TLS",
};

export const STATE_TEXT: Record<CheckRow["state"], string> = {
  waiting: "Not checked yet",
  running: "Checking…",
  ok: "Works",
  failed: "Does not work",
  unknown: "Not clear",
  "not-configured": "Not set up here",
};

const WORKS: Record<CheckName, string> = {
  camera: "Your camera gives a picture.",
  microphone: "Your microphone can be used.",
  signaling: "It answers and lets you in.",
  udp: "Your network lets direct calls out.",
  "turn-udp": "It gives you a way round networks that block direct calls.",
  "turn-tcp": "It helps where UDP is blocked.",
  "turn-tls": "It helps where a firewall lets only web pages through.",
};

const NOT_CONFIGURED: Record<CheckName, string> = {
  camera: "",
  microphone: "",
  signaling: "",
  udp: "This site has no STUN server. Calls work where two people can reach each other directly.",
  "turn-udp": "This site has no relay server of this kind. Most calls do not need one.",
  "turn-tcp": "This site has no relay server of this kind. Few calls need one.",
  "turn-tls": "This site has no relay server of this kind. Few calls need one.",
};

/** It lets people in, but by one of the two ways only. */
const ONE_WAY: Record<NonNullable<CheckRow["ways"]>[number], string> = {
  websocket:
    "It answers and lets you in, by WebSocket. The other way, plain web requests (polling), does not work here; it is needed only where WebSocket fails.",
  polling:
    "It answers and lets you in, by plain web requests (polling). A WebSocket does not get through your network; calls work all the same.",
};

interface Words {
  readonly what: string;
  readonly help: string;
  /** Things to try, in this order. */
  readonly fixes?: readonly string[];
}

/** What the chat server itself says in place of letting the check in, in other words than the chat has for it. */
type RefusalCause = Extract<
  ChatErrorCode,
  "server-full" | "challenge-missing" | "challenge-failed" | "access-revoked" | "identity-refused"
>;
type NetworkCause = Exclude<CheckCause, ChatErrorCode> | RefusalCause;

const CAUSES: Record<NetworkCause, Words> = {
  "signaling-unreachable": {
    what: "It does not answer.",
    help: "See whether other pages load. If they do, the chat server is down or blocked in your network: try later, or another network.",
  },
  "signaling-not-ready": {
    what: "It answers, and takes nobody at the moment.",
    help: "Wait a minute and run the check again.",
  },
  "socket-blocked": {
    what: "It answers, but a lasting connection to it does not come about, neither by WebSocket nor by plain web requests.",
    help: "A proxy, a firewall or a browser extension may be in the way. Turn off a VPN or an ad blocker for this page, or try another network.",
  },
  "media-unavailable": {
    what: "It cannot be used.",
    help: "Allow it for this page, close other apps that use it, and run the check again.",
  },
  "stun-unreachable": {
    what: "No answer over UDP, which direct calls use: your network seems to block it, or this site's STUN server is down.",
    help: "Try another network, such as your phone's, or turn off a VPN. Who runs the network can allow UDP. A relay server that works makes up for it.",
  },
  "turn-unreachable": {
    what: "It cannot be reached from your network.",
    help: "This matters only where no other way works. A firewall may block it, or it may be down: try another network, or later.",
  },
  "turn-unauthorized": {
    what: "It refused our access.",
    help: "That is not your fault. Please tell whoever runs this site.",
  },
  "turn-withheld": {
    what: "The chat server says that it does not work at the moment.",
    help: "That is not your fault. This matters only where no other way works. Try again later.",
  },
  "turn-busy": {
    what: "It was reached, and all of its relays are in use at the moment.",
    help: "That is not your fault. This matters only where no other way works. Run the check again in a few minutes.",
  },
  "checks-limited": {
    what: "Not tested: too many tests from your network at the moment.",
    help: "That says nothing about it. Run the check again a little later.",
  },
  "ice-misconfigured": {
    what: "It is not set up properly here.",
    help: "That is not your fault. Please tell whoever runs this site.",
  },
  "requests-limited": {
    what: "Not tested: too many requests from your network at the moment.",
    help: "That says nothing about your connection. Run the check again a little later.",
  },
  "server-full": {
    what: "It answers, and the service is full at the moment.",
    help: "Nothing is wrong with your connection. Run the check again a little later.",
  },
  "challenge-missing": {
    what: "Not tested: this site needs a check that this page does not have.",
    help: "That says nothing about your connection. Go back to the chat: the check may be shown there.",
  },
  "challenge-failed": {
    what: "Not tested: this site lets people in after a check, which was not passed.",
    help: "That says nothing about your connection. Run the connection check again, and follow what it asks.",
  },
  "access-revoked": {
    what: "It answers, and the people who run it have shut you out for a while.",
    help: "Nothing is wrong with your connection, and another network does not change it.",
  },
  "identity-refused": {
    what: "It answers, and did not let this page in.",
    help: "That is not your network. Run the check again; if that does not help, tell whoever runs this site.",
  },
  "no-answer": {
    what: "No answer came in time, which need not mean anything.",
    help: "Run the check again when the computer has less to do.",
  },
};

/** A relay was reached over UDP, so the network is not what is in the way. */
const STUN_DOWN: Words = {
  what: "This site's STUN server does not answer. Your network lets UDP through.",
  help: "That is not your fault. Please tell whoever runs this site.",
};

/** Said of a relay itself: whatever else is unknown there was not told by the chat server, and cannot be checked. */
const OF_RELAYS: ReadonlySet<CheckCause> = new Set(["turn-busy", "checks-limited", "no-answer"]);
const DEVICES: ReadonlySet<CheckName> = new Set(["camera", "microphone"]);

/** Behind these the check may run again after a time that the service names. */
const PAUSES: ReadonlySet<CheckCause> = new Set(["checks-limited", "requests-limited", "server-full"]);
const NOT_KNOWN: Words = {
  what: "Could not be checked: only the chat server knows what is set up here.",
  help: "See what is said of the chat server, then run the check again.",
};

/** What came of a check, and what to do about it where something can be done. `rows`: what came of the others. */
export function findingText(
  { name, state, why, ways, retryAfterMs }: CheckRow,
  rows: readonly CheckRow[] = [],
): Partial<Words> {
  const overUdp = rows.some((row) => row.name === "turn-udp" && row.state === "ok");
  if (why === "stun-unreachable" && overUdp) return STUN_DOWN;
  if (isUntold({ name, state, why })) return NOT_KNOWN;
  switch (state) {
    case "waiting":
    case "running":
      return {};
    case "ok":
      return { what: ways?.length === 1 && ways[0] ? ONE_WAY[ways[0]] : WORKS[name] };
    case "not-configured":
      return { what: NOT_CONFIGURED[name] };
    case "failed":
    case "unknown":
      if (why !== undefined && PAUSES.has(why) && retryAfterMs !== undefined) {
        const { what, help } = causeText(why, name);
        const seconds = Math.max(1, Math.ceil(retryAfterMs / 1_000));
        return { what, help: `${help.slice(0, help.indexOf(".") + 1)} Try again in ${seconds} s.` };
      }
      return why === undefined ? CAUSES["no-answer"] : causeText(why, name);
  }
}

const isUntold = ({ name, state, why }: CheckRow): boolean =>
  state === "unknown" &&
  name !== "signaling" &&
  !DEVICES.has(name) &&
  why !== undefined &&
  !OF_RELAYS.has(why);

function causeText(why: CheckCause, name: CheckName): Words {
  if (isNetworkCause(why)) return CAUSES[why];
  const device = name === "camera" || name === "microphone" ? name : undefined;
  const {
    title,
    advice,
    fixes = [],
  } = problemText({
    code: why,
    severity: "fatal",
    action: "none",
    ...(device && { device }),
  });
  return { what: `${title.replace(/\.$/, "")}.`, help: advice, ...(fixes && { fixes }) };
}

function isNetworkCause(why: CheckCause): why is NetworkCause {
  return why in CAUSES;
}

/** The outcome of all, in one sentence. */
export function verdictText(rows: readonly CheckRow[]): string {
  if (rows.every(({ state }) => state === "waiting")) return "";
  if (rows.some(({ state }) => state === "waiting" || state === "running")) return "Checking…";
  const namesOf = (wanted: CheckRow["state"]) =>
    rows.filter(({ state }) => state === wanted).map(({ name }) => CHECK_TITLE[name]);
  const [failed, unknown] = [namesOf("failed"), namesOf("unknown")];
  if (failed.length === 0 && unknown.length > 0)
    return `No fault was found, but this is not clear: ${unknown.join(", ")}.`;
  if (failed.length === 0) return "Everything that is set up here works.";
  return failed.length === 1
    ? `One thing does not work: ${failed[0]}.`
    : `${failed.length} things do not work: ${failed.join(", ")}.`;
}

/** For the tests. */
export const NETWORK_CAUSES = Object.keys(CAUSES) as readonly NetworkCause[];
