import type { CallQuality, HealthCode, HealthReport, IceStatus, QualityLevel } from "@serendip/client";

/** How the call goes, for everybody. */
export const QUALITY: Record<QualityLevel, { readonly label: string; readonly advice: string }> = {
  good: { label: "Connection: good", advice: "Sound and picture arrive well." },
  poor: {
    label: "Connection: weak",
    advice:
      "Move closer to your Wi-Fi or use a cable. Close other tabs and programs that use the network or the processor a lot.",
  },
  stalled: {
    label: "Connection: nothing arrives",
    advice: "Sound and picture have stopped. They come back by themselves where that is possible.",
  },
};

/** Read out when it gets worse; that it is good again is seen and heard. */
export const QUALITY_NEWS: Record<QualityLevel, string | undefined> = {
  good: undefined,
  poor: "The connection is weak.",
  stalled: "Nothing arrives from your partner at the moment.",
};

const ROUTE: Record<NonNullable<CallQuality["route"]>, string> = {
  direct: "direct, browser to browser",
  relayed: "through a relay server",
};

const measured = (figure: number | undefined, unit: string): string =>
  figure === undefined ? "not measured yet" : `${figure} ${unit}`;

/** The figures behind the level, for those who want to know. */
export function qualityFigures(quality: CallQuality): readonly (readonly [name: string, value: string])[] {
  const { lossPercent, roundTripMs, inKbps, outKbps, route } = quality;
  return [
    ["Lost on the way", measured(lossPercent, "%")],
    ["There and back", measured(roundTripMs, "ms")],
    ["Receiving", measured(inKbps, "kbit/s")],
    ["Sending", measured(outKbps, "kbit/s")],
    ["Path", route === undefined ? "not known yet" : ROUTE[route]],
  ];
}

export const CONNECTION = {
  title: "Connection",
  check: "Check my connection",
  newTab: "(opens in a new tab)",
  faults: "For whoever runs this site",
} as const;

/** An address that cannot be read may have been that of either kind. */
const isOnlyStun = (faults: IceStatus["faults"]) => faults.every(({ url }) => /^stuns?:/i.test(url));

/** What calls have to get through networks, in the settings; undefined: not known yet. */
export function iceText({ mode, faults, relayOnly }: IceStatus): string | undefined {
  if (relayOnly && mode === "turn" && faults.length === 0)
    return "Calls connect through a relay server only.";
  switch (mode) {
    case "unknown":
      return undefined;
    case "turn":
      return faults.length === 0
        ? "Calls connect directly, or through a relay server where that is not possible."
        : `Calls can connect, but one of the ${isOnlyStun(faults) ? "STUN" : "relay"} servers cannot be used right now.`;
    case "stun-only":
    case "none":
      if (faults.length > 0 && isOnlyStun(faults))
        return "Some calls may not connect: one of this site's STUN servers cannot be used right now.";
      if (faults.length > 0) return "Some calls may not connect: the relay server cannot be used right now.";
      return mode === "none"
        ? "Calls connect only where two people reach each other directly, as in one home network: this site has no STUN or TURN server."
        : "Some calls may not connect: this site has no relay server.";
  }
}

/** What is wrong, in one sentence; undefined: nothing that concerns the person, or somebody else says it. */
const HEALTH_TEXT: Record<HealthCode, string | undefined> = {
  // The chat itself says these, with buttons.
  "signaling-unreachable": undefined,
  "media-unavailable": undefined,
  "signaling-not-ready": "The chat server takes nobody at the moment. We keep trying.",
  "socket-blocked":
    "Something between you and the chat server, perhaps a proxy or a firewall, blocks the connection.",
  "stun-unreachable":
    "Your network seems to block video calls (UDP), or this site's STUN server is down. Some calls may not connect.",
  "turn-unreachable": "The relay server cannot be reached from your network. Some calls may not connect.",
  "turn-unauthorized": "The relay server cannot be used right now. Some calls may not connect.",
  // Nothing is known that would be wrong.
  "turn-busy": undefined,
  "checks-limited": undefined,
  "requests-limited": undefined,
  "no-answer": undefined,
};

/** The one thing to tell somebody who waits; undefined when all is well. */
export function healthText(ice: IceStatus, health: HealthReport | undefined): string | undefined {
  const { signaling, media, turn, stun } = health ?? {};
  // Whoever has a relay needs no STUN.
  for (const item of [signaling, media, turn, turn?.state === "ok" ? undefined : stun]) {
    const text = item?.state === "failed" && item.why ? HEALTH_TEXT[item.why] : undefined;
    if (text) return text;
  }
  return ice.mode !== "unknown" && ice.mode !== "turn" && ice.faults.length > 0 ? iceText(ice) : undefined;
}

/** For the tests. */
export const HEALTH_CODES = Object.keys(HEALTH_TEXT) as readonly HealthCode[];
