import type { IceStatus, MediaKind } from "@serendip/client";

export const SETTINGS = {
  picker: { camera: "Camera", microphone: "Microphone" },
  automatic: "Automatic",
  none: { camera: "No camera found", microphone: "No microphone found" },
  unknown: "To be chosen once you have allowed it",
  unnamed: (kind: MediaKind, number: number) => `${SETTINGS.picker[kind]} ${number}`,
} as const;

export const PRIVACY = {
  label: "Hide my IP address",
  detail:
    "Calls go through a relay server, so that the other person cannot see your network address. They may be a bit slower. Counts from the next person.",
} as const;

const NO_RELAY: Record<IceStatus["relay"], string | undefined> = {
  ok: undefined,
  unknown: "Possible once the chat server has said that it has a relay server.",
  none: "Not possible here: the chat server has no relay server.",
  failed: "Not possible right now: the relay server cannot be used.",
};

/** Why hiding the address cannot be chosen; undefined where it can. */
export function whyNoRelay({ relay }: IceStatus): string | undefined {
  return NO_RELAY[relay];
}
