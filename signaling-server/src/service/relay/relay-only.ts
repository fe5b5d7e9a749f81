import { LIMITS, type Signal } from "@serendip/protocol";
import { isPlainWord } from "./relay-only/address.ts";
import { isFragment, relayCandidate } from "./relay-only/candidate.ts";
import { hideAddresses } from "./relay-only/description.ts";

/**
 * The signal as it passes in a room where neither side sees the other's address (SPEC K10–K12): relay candidates are the
 * only addresses in it. The result fits the protocol's schema of a signal, `LIMITS` included.
 */
export function withoutAddresses(signal: Signal): Signal {
  switch (signal.kind) {
    case "offer":
    case "answer":
      return { ...signal, sdp: hideAddresses(signal.sdp, LIMITS.descriptionChars[signal.kind]) };
    case "candidate": {
      const { candidate, sdpMid, sdpMLineIndex, usernameFragment } = signal.candidate;
      return {
        ...signal,
        candidate: {
          // A candidate that does not pass becomes the end of candidates (RFC 8838 section 8.2), so that no number of the
          // sender's signals is missing (SPEC R3, R14).
          candidate: relayCandidate(candidate) ?? "",
          sdpMid: sdpMid !== null && isPlainWord(sdpMid) ? sdpMid : null,
          sdpMLineIndex,
          ...(usernameFragment != null && isFragment(usernameFragment) && { usernameFragment }),
        },
      };
    }
    case "restart":
      return signal;
  }
}
