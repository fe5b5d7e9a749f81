import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";
import type { BrowserCommand } from "vitest/node";

interface Road {
  readonly sockets: Socket[];
  cut: boolean;
}

const road: Road = { sockets: [], cut: false };

async function bound(): Promise<Socket> {
  const socket = createSocket("udp4");
  road.sockets.push(socket);
  // What nobody listens to any more is lost, as on any network.
  socket.on("error", () => {});
  socket.bind(0);
  await once(socket, "listening");
  return socket;
}

/** A UDP port that leads to `port` of `address` and back, as long as the road is open. */
const openDetour: BrowserCommand<[address: string, port: number]> = async (_context, address, port) => {
  const entry = await bound();
  const exits = new Map<string, Promise<Socket>>();
  const exitFor = (fromPort: number, fromAddress: string) => {
    const key = `${fromAddress} ${fromPort}`;
    const known = exits.get(key);
    if (known !== undefined) return known;
    const made = bound().then((exit) =>
      exit.on("message", (packet) => {
        if (!road.cut) entry.send(packet, fromPort, fromAddress, () => {});
      }),
    );
    exits.set(key, made);
    return made;
  };
  entry.on("message", (packet, from) => {
    if (road.cut) return;
    void exitFor(from.port, from.address).then((exit) => exit.send(packet, port, address, () => {}));
  });
  return entry.address().port;
};

/** Every packet on every detour is lost from now on, or none any more. */
const cutDetours: BrowserCommand<[cut: boolean]> = (_context, cut) => {
  road.cut = cut;
};

const closeDetours: BrowserCommand<[]> = () => {
  for (const socket of road.sockets.splice(0)) socket.close();
  road.cut = false;
};

/** A network that tests can cut: the page's own cannot be, from inside. */
export const networkCommands = { openDetour, cutDetours, closeDetours };

declare module "vitest/browser" {
  interface BrowserCommands {
    openDetour(address: string, port: number): Promise<number>;
    cutDetours(cut: boolean): Promise<void>;
    closeDetours(): Promise<void>;
  }
}
