import { runOn } from "./namespaces.ts";
import type { Router } from "./topology.ts";

/** What is lost on the way: all, or only audio and video and what carries them (UDP, TURN), or only page and signaling. */
export type Cut = "everything" | "media" | "signaling";

const RULES: Readonly<Record<Cut, string>> = {
  everything: "iptables -t raw -A CUT -j DROP",
  media: `iptables -t raw -A CUT -p udp -j DROP
    iptables -t raw -A CUT -p tcp -m multiport --ports 3478,443 -j DROP`,
  signaling: "iptables -t raw -A CUT -p tcp -m multiport --ports 80 -j DROP",
};

/** From now on `router` loses these packets in both directions, and tells nobody. */
export function cutAt(router: Router, cut: Cut): void {
  runOn(router, `iptables -t raw -F CUT\n${RULES[cut]}`);
}

export function healAt(router: Router): void {
  runOn(router, "iptables -t raw -F CUT");
}
