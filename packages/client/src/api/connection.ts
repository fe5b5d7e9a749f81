/** The connection to the service alone, as a page keeps it up: for programs that play many pages at once. */
export { createSignaling, type Signaling, type SignalingOptions } from "../signaling/signaling.ts";
export { IdentityFailure } from "../signaling/token-source.port.ts";
export { createTabMemory, type TabMemory } from "../tab/tab-memory.ts";
