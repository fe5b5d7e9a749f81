import { ip, type Machine, namespaceOf, runOn } from "./namespaces.ts";

/** A person's host. */
export type Host = "a" | "b";

/** A home router: between a host and the public network. */
export type Router = "nat-a" | "nat-b" | "nat-a2";

/** The routers that a's host can go out by. */
export type UplinkRouter = "nat-a" | "nat-a2";

interface Home {
  readonly host: Host;
  /** The host's interface to this router. */
  readonly interface: string;
  readonly hostAddress: string;
  readonly routerAddress: string;
  readonly publicAddress: string;
  readonly network: string;
}

/** The server's address in the public network: page, signaling, STUN and TURN. */
export const PUBLIC_ADDRESS = "198.18.0.1";

const home = (host: Host, { number, device }: { number: number; device: string }): Home => ({
  host,
  interface: device,
  hostAddress: `10.${number}.0.2`,
  routerAddress: `10.${number}.0.1`,
  publicAddress: `198.18.0.${10 + number}`,
  network: `10.${number}.0.0/24`,
});

export const HOMES: Readonly<Record<Router, Home>> = {
  "nat-a": home("a", { number: 1, device: "eth0" }),
  "nat-b": home("b", { number: 2, device: "eth0" }),
  // The second way out of a's host, as a phone has beside its WiFi.
  "nat-a2": home("a", { number: 3, device: "eth1" }),
};

const ROUTERS = Object.keys(HOMES) as readonly Router[];
const MACHINES: readonly Machine[] = ["a", "b", "pub", ...ROUTERS];

/** Where this process and the machine `pub` talk: a cable of their own, in a range that labs share out by process id. */
export interface ControlCable {
  readonly here: string;
  readonly pub: string;
}

function controlCable(): ControlCable {
  const subnet = process.pid % 16_384;
  const address = (last: number) => `169.254.${subnet >> 6}.${((subnet & 63) << 2) + last}`;
  return { here: address(1), pub: address(2) };
}

/** A second uplink is plugged in, but not up: the host has one way out until it switches. */
const plug = (
  router: Router,
  { host, interface: device, hostAddress, routerAddress, publicAddress }: Home,
) => {
  ip(
    "-n",
    namespaceOf(router),
    "link",
    "add",
    "lan",
    "type",
    "veth",
    "peer",
    "name",
    device,
    "netns",
    namespaceOf(host),
  );
  ip(
    "-n",
    namespaceOf(router),
    "link",
    "add",
    "wan",
    "type",
    "veth",
    "peer",
    "name",
    router,
    "netns",
    namespaceOf("pub"),
  );
  runOn("pub", `ip link set ${router} master net up`);
  runOn(
    router,
    `ip addr add ${routerAddress}/24 dev lan
     ip addr add ${publicAddress}/24 dev wan
     ip link set lan up
     ip link set wan up
     iptables -t raw -N CUT
     iptables -t raw -A PREROUTING -j CUT`,
  );
  if (router !== "nat-a2")
    runOn(
      host,
      `ip addr add ${hostAddress}/24 dev ${device}
       ip link set ${device} up
       ip route add default via ${routerAddress}`,
    );
};

/** Builds namespaces and cables; the routers pass nothing yet. */
export function buildTopology(): ControlCable {
  for (const machine of MACHINES) {
    ip("netns", "add", namespaceOf(machine));
    runOn(
      machine,
      `echo 1 > /proc/sys/net/ipv6/conf/all/disable_ipv6
       echo 1 > /proc/sys/net/ipv6/conf/default/disable_ipv6
       ip link set lo up
       echo ${machine === "a" || machine === "b" ? 0 : 1} > /proc/sys/net/ipv4/ip_forward`,
    );
  }
  runOn(
    "pub",
    `ip link add net type bridge
     ip addr add ${PUBLIC_ADDRESS}/24 dev net
     ip link set net up`,
  );
  for (const router of ROUTERS) plug(router, HOMES[router]);

  const cable = controlCable();
  const device = `sd${process.pid}`;
  ip("link", "add", device, "type", "veth", "peer", "name", "control", "netns", namespaceOf("pub"));
  ip("addr", "add", `${cable.here}/30`, "dev", device);
  ip("link", "set", device, "up");
  runOn("pub", `ip addr add ${cable.pub}/30 dev control\nip link set control up`);
  return cable;
}

/** Whoever connects to `port` of the public address is served by this process, at `to`. */
export function publish(port: number, to: { readonly host: string; readonly port: number }): void {
  runOn(
    "pub",
    `iptables -t nat -A PREROUTING -i net -d ${PUBLIC_ADDRESS} -p tcp --dport ${port} -j DNAT --to-destination ${to.host}:${to.port}
     iptables -t nat -A POSTROUTING -o control -j MASQUERADE`,
  );
}

/** Brings a's uplink to that router up, beside the other one, which stays the preferred way out. `metric`: higher than that one's. */
export function raiseUplink(to: UplinkRouter, metric: number): void {
  const { interface: device, hostAddress, routerAddress } = HOMES[to];
  runOn(
    "a",
    `ip addr replace ${hostAddress}/24 dev ${device}
     ip link set ${device} up
     ip route replace default via ${routerAddress} dev ${device} metric ${metric}`,
  );
}

/** Takes a's uplink to that router down, and its routes with it. */
export function dropUplink(from: UplinkRouter): void {
  const { interface: device } = HOMES[from];
  runOn("a", `ip link set ${device} down\nip addr flush dev ${device}`);
}
