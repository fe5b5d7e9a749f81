import { isIPv6 } from "node:net";
import type { NameResolver } from "../../src/ports/turn.ts";

/** A resolver that knows one name, `turn.test`, and its addresses in this order. */
export const turnTest = (...addresses: readonly string[]): NameResolver => ({
  async addressesOf(name) {
    if (name !== "turn.test") throw Object.assign(new Error(`no such name: ${name}`), { code: "ENOTFOUND" });
    return addresses.map((address) => ({ address, family: isIPv6(address) ? "IPv6" : "IPv4" }));
  },
});
