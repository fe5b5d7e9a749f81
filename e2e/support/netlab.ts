import { execFileSync } from "node:child_process";
import { chmodSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { executablePath } from "./browsers.ts";
import { PATHS } from "./paths.ts";

/** A person's host in the lab. */
export type Host = "a" | "b";

/**
 * Two hosts on one switch, each a network namespace of its own, and this process's machine as the third, so that a
 * person's whole network can be cut without the page or the server being told.
 */
export interface NetLab {
  /** Where the hosts reach servers of this process's machine. */
  readonly address: string;
  /** A browser executable that runs on `host`. */
  browser(host: Host): string;
  /** Pulls the host's cable out of the switch: every packet is lost, and nobody gets an error. */
  cut(host: Host): void;
  heal(host: Host): void;
  remove(): void;
}

const HOSTS: readonly Host[] = ["a", "b"];
const ADDRESSES = { here: "10.77.0.1", a: "10.77.0.2", b: "10.77.0.3" } as const;

/** Whether this process may make network namespaces. */
export function netLabAvailable(): boolean {
  return process.platform === "linux" && process.getuid?.() === 0;
}

const ip = (...args: string[]) => execFileSync("ip", args, { stdio: ["ignore", "ignore", "pipe"] });

/** Builds the lab. Needs root; every name carries the process id, so that two labs can live side by side. */
export function netLab(): NetLab {
  const here = `sd${process.pid}`;
  const name = (host: Host | "switch") => `sd${process.pid}-${host}`;
  const folder = join(PATHS.pictures, "..", `netlab-${process.pid}`);
  mkdirSync(folder, { recursive: true });

  // The switch lives in a namespace of its own: when that goes, every cable goes with it.
  const inSwitch = (...args: string[]) => ip("-n", name("switch"), ...args);
  ip("netns", "add", name("switch"));
  inSwitch("link", "add", "switch", "type", "bridge");
  inSwitch("link", "set", "switch", "up");
  const plug = (port: string) => inSwitch("link", "set", port, "master", "switch", "up");
  const portOf = (host: Host) => `port-${host}`;

  ip("link", "add", here, "type", "veth", "peer", "name", "here", "netns", name("switch"));
  ip("addr", "add", `${ADDRESSES.here}/24`, "dev", here);
  ip("link", "set", here, "up");
  plug("here");
  for (const host of HOSTS) {
    ip("netns", "add", name(host));
    ip("-n", name(host), "link", "set", "lo", "up");
    inSwitch("link", "add", portOf(host), "type", "veth", "peer", "name", "eth0", "netns", name(host));
    plug(portOf(host));
    ip("-n", name(host), "addr", "add", `${ADDRESSES[host]}/24`, "dev", "eth0");
    ip("-n", name(host), "link", "set", "eth0", "up");
    ip("-n", name(host), "route", "add", "default", "via", ADDRESSES.here);
    const script = join(folder, host);
    writeFileSync(
      script,
      `#!/bin/sh\nexec ip netns exec ${name(host)} ${executablePath() ?? "chromium"} "$@"\n`,
    );
    chmodSync(script, 0o755);
  }

  return {
    address: ADDRESSES.here,
    browser: (host) => join(folder, host),
    cut: (host) => void inSwitch("link", "set", portOf(host), "nomaster"),
    heal: (host) => void inSwitch("link", "set", portOf(host), "master", "switch"),
    remove() {
      ip("link", "del", here);
      for (const one of [...HOSTS, "switch"] as const) ip("netns", "del", name(one));
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
