/** Why a message is no packet of this protocol. */
export type PacketFault = "binary" | "namespace";

/** Socket.IO's types of packets with attachments: BINARY_EVENT and BINARY_ACK. */
const WITH_ATTACHMENTS = new Set(["5", "6"]);

/**
 * Finds messages that Socket.IO would understand and this protocol does not know (SPEC W5): binary messages, packets that
 * promise attachments, and packets for another namespace than the main one. Undefined for all others.
 */
export function packetFault(message: unknown): PacketFault | undefined {
  if (typeof message !== "string" || WITH_ATTACHMENTS.has(message.charAt(0))) return "binary";
  return message.charAt(1) === "/" ? "namespace" : undefined;
}
