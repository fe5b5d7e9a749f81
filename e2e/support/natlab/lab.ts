import { chmodSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { type Computer, executablePath } from "../browsers.ts";
import { type FirefoxOptions, firefoxPath } from "../firefox/launch.ts";
import { PATHS } from "../paths.ts";
import { type Signaling, signalingServer } from "../signaling.ts";
import { webServer } from "../web.ts";
import { type Capture, captureAt } from "./capture.ts";
import { type Coturn, labCoturn } from "./coturn.ts";
import { type Cut, cutAt, healAt } from "./cuts.ts";
import { type Machine, namespaceOf, prefixFor, removeLeftovers, removeOwn } from "./namespaces.ts";
import { becomeNat, type NatType } from "./nat-types.ts";
import {
  buildTopology,
  dropUplink,
  type Host,
  PUBLIC_ADDRESS,
  publish,
  type Router,
  raiseUplink,
  type UplinkRouter,
} from "./topology.ts";

/**
 * A small internet: two hosts behind a router each, and a public machine with page, signaling, STUN and TURN. Each is a
 * network namespace of its own, so that routers can be any kind of NAT and whole networks can be cut without the page or
 * the server being told. One lab for each process; those of several processes do not see each other.
 *
 * Both routers begin as `open`. Neither coturn nor a signaling server runs yet.
 */
export interface NatLab {
  /** The page's address, for the browsers in the lab. Signaling is behind the same one. */
  readonly origin: string;
  readonly coturn: Coturn;
  /** What a browser on `host` is started with: `launchBrowser(lab.computer("a"))`. */
  computer(host: Host): Computer;
  /** What a Firefox on `host` is started with; it is driven over a bridge (`bridgeTo`). */
  firefox(host: Host): FirefoxOptions;
  /** Turns the host's router into another one. Between calls: what is open through it may end. */
  become(host: Host, type: NatType): void;
  /** Prepares the real server on the public machine, with `env` besides; the page uses the last one that was prepared. */
  signaling(env?: Record<string, string>): Promise<Signaling>;
  /** From now on the host's routers lose these packets, in both directions; nobody gets an error. */
  cut(host: Host, what?: Cut): void;
  heal(host: Host): void;
  /**
   * Brings up the other uplink of a's host, into another network with another router and addresses (its router begins as
   * `port`). The present one stays the preferred way out until `leaveUplink` takes it down.
   */
  joinUplink(): void;
  leaveUplink(): void;
  /** Watches packets at a machine (a router: its public side), by a filter of pcap-filter(7). */
  capture(machine: Machine, filter: string): Promise<Capture>;
  /** Ends everything that still runs in the lab, and the lab. */
  remove(): Promise<void>;
}

const ROUTERS: Readonly<Record<Host, readonly Router[]>> = { a: ["nat-a", "nat-a2"], b: ["nat-b"] };
const otherThan = (uplink: UplinkRouter): UplinkRouter => (uplink === "nat-a" ? "nat-a2" : "nat-a");
const ORIGIN = `http://${PUBLIC_ADDRESS}`;

/** A program that starts the browser `path` on `host`; what is handed to it reaches the browser. */
function browserOn(host: Host, path: string, folder: string): string {
  const script = join(folder, `${basename(path)}-${host}`);
  writeFileSync(script, `#!/bin/sh\nexec ip netns exec ${namespaceOf(host)} ${path} "$@"\n`);
  chmodSync(script, 0o755);
  return script;
}

/** Builds the lab. Needs root on Linux (`namespaceFault` says whether it can be built). */
export async function natLab(): Promise<NatLab> {
  removeLeftovers();
  const folder = join(PATHS.pictures, "..", `natlab-${process.pid}`);
  mkdirSync(folder, { recursive: true });
  const cable = buildTopology();
  for (const router of ["nat-a", "nat-b"] as const) becomeNat(router, "open");
  becomeNat("nat-a2", "port");

  const web = await webServer(PATHS.web, cable.here);
  publish(80, { host: cable.here, port: Number(new URL(web.origin).port) });
  const coturn = labCoturn(folder);
  const servers: Signaling[] = [];
  let uplink: UplinkRouter = "nat-a";
  let metric = 0;

  return {
    origin: ORIGIN,
    coturn,
    computer: (host) => ({
      executable: browserOn(host, executablePath() ?? "chromium", folder),
      // Cameras are for secure pages; the certificate of TURN over TLS is the lab's own.
      args: [`--unsafely-treat-insecure-origin-as-secure=${ORIGIN}`, "--ignore-certificate-errors"],
    }),
    firefox: (host) => ({
      executable: browserOn(host, firefoxPath(), folder),
      secureHost: PUBLIC_ADDRESS,
    }),
    become: (host, type) => becomeNat(host === "a" ? uplink : "nat-b", type),
    async signaling(env = {}) {
      const server = await signalingServer(
        ORIGIN,
        { HOST: "0.0.0.0", ...env },
        { prefix: prefixFor("pub"), address: cable.pub },
      );
      servers.push(server);
      web.standBefore(server.url);
      return server;
    },
    cut(host, what = "everything") {
      for (const router of ROUTERS[host]) cutAt(router, what);
    },
    heal(host) {
      for (const router of ROUTERS[host]) healAt(router);
    },
    joinUplink() {
      metric += 1;
      raiseUplink(otherThan(uplink), metric);
    },
    leaveUplink() {
      dropUplink(uplink);
      uplink = otherThan(uplink);
    },
    capture: captureAt,
    async remove() {
      await coturn.kill();
      await Promise.all(servers.map((server) => server.kill()));
      await web.stop();
      removeOwn();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
