import type { ChatError } from "../words/chat-error.ts";
import { PROBLEMS } from "../words/problems.ts";

/** The `code` that simple-peer puts on its errors, or the error's name. */
export const codeOf = (error: unknown): string =>
  error instanceof Error ? String((error as { code?: unknown }).code ?? error.name) : String(error);

/** Failures of one negotiation step: a connection that there was before them goes on as it was. */
export const isNegotiationFault = (error: unknown): boolean =>
  [
    "ERR_SET_REMOTE_DESCRIPTION",
    "ERR_SET_LOCAL_DESCRIPTION",
    "ERR_CREATE_OFFER",
    "ERR_CREATE_ANSWER",
  ].includes(codeOf(error));

/** RFC 9260 section 3.3.10.12: the partner ended the association itself. Chromium reports it as an error. */
export const isPartnerClose = (error: Error): boolean =>
  codeOf(error) === "ERR_DATA_CHANNEL" && error.message.includes("User-Initiated Abort");

/** Failures that no partner can bring about. */
export const isOurs = (error: unknown): boolean =>
  ["ERR_WEBRTC_SUPPORT", "ERR_PC_CONSTRUCTOR", "ERR_CREATE_OFFER"].includes(codeOf(error));

/** What an error of the connection means to the person. */
export const peerError = (error: unknown): ChatError => ({
  ...(codeOf(error) === "ERR_WEBRTC_SUPPORT" ? PROBLEMS.peerUnsupported : PROBLEMS.peerFailed),
  cause: error,
});
