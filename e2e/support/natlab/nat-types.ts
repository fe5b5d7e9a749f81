import { runOn } from "./namespaces.ts";
import { HOMES, type Router } from "./topology.ts";

/**
 * What stands between a host and the public network. NATs in the words of RFC 3489 section 5: `full` cone, `addr`ess
 * restricted cone, `port` restricted cone, `sym`metric. Besides: `open` (a host of the public network), `udpblock` (a NAT
 * without UDP), `web` (a firewall that lets only TCP 80 and 443 out).
 */
export type NatType = "open" | "full" | "addr" | "port" | "sym" | "udpblock" | "web";

export const NAT_TYPES: readonly NatType[] = ["open", "full", "addr", "port", "sym", "udpblock", "web"];

const RULES: Readonly<Record<NatType, (host: string) => string>> = {
  open: () => `
    iptables -A FORWARD -j ACCEPT`,
  full: (host) => `
    iptables -t nat -A PREROUTING -i wan -p udp -j DNAT --to-destination ${host}
    iptables -t nat -A POSTROUTING -o wan -j MASQUERADE
    iptables -A FORWARD -i lan -j ACCEPT`,
  addr: (host) => `
    iptables -t nat -A PREROUTING -i wan -p udp -m recent --name sent --rsource --rcheck --seconds 120 -j DNAT --to-destination ${host}
    iptables -t nat -A POSTROUTING -o wan -j MASQUERADE
    iptables -A FORWARD -i lan -p udp -m recent --name sent --rdest --set
    iptables -A FORWARD -i lan -j ACCEPT`,
  port: () => `
    iptables -t nat -A POSTROUTING -o wan -j MASQUERADE
    iptables -A FORWARD -i lan -j ACCEPT`,
  sym: () => `
    iptables -t nat -A POSTROUTING -o wan -j MASQUERADE --random-fully
    iptables -A FORWARD -i lan -j ACCEPT`,
  udpblock: () => `
    iptables -t nat -A POSTROUTING -o wan -j MASQUERADE
    iptables -A FORWARD -p udp -j DROP
    iptables -A FORWARD -i lan -j ACCEPT`,
  web: () => `
    iptables -t nat -A POSTROUTING -o wan -j MASQUERADE
    iptables -A FORWARD -i lan -p tcp -m multiport --dports 80,443 -j ACCEPT`,
};

/** Turns `router` into another one. Connections that are open are forgotten by nobody: use it between calls. */
export function becomeNat(router: Router, type: NatType): void {
  const { hostAddress, network, publicAddress } = HOMES[router];
  runOn(
    router,
    // Unasked-for packets go before connection tracking remembers them: otherwise the router would see their port as
    // taken, give a packet that goes out another one, and no hole could be punched.
    `iptables -F
     iptables -t nat -F
     iptables -P FORWARD DROP
     iptables -A INPUT -i wan -j DROP
     iptables -A FORWARD -i wan -m conntrack --ctstate ESTABLISHED,RELATED,DNAT -j ACCEPT
     ${RULES[type](hostAddress)}`,
  );
  // An open host is reached under its own address.
  const way = type === "open" ? `replace ${network} via ${publicAddress}` : `del ${network}`;
  for (const other of ["pub", "nat-a", "nat-b", "nat-a2"] as const)
    if (other !== router) runOn(other, `ip route ${way} || true`);
}
