import { once } from "node:events";
import { setPriority } from "node:os";
import { setTimeout as pause } from "node:timers/promises";
import { ATTACKS, type Attack, isAttack } from "./catalogue.ts";
import type { Lane, Life } from "./lane.ts";
import type { Done } from "./start-attacker.ts";

/** An attacker has a machine of its own: here it gets what server and healthy people leave. */
const NICE = 10;
const TELL_MS = 200;
/** After a failed connection: the server may be gone, and a loop must wait for something. */
const FAILED_MS = 1;

/** Runs one attack until it is killed: `attacker.ts NAME PORT`, as a child that waits for a word before it begins. */
const [name = "", port = ""] = process.argv.slice(2);
if (!isAttack(name)) throw new Error(`There is no attack "${name}".`);
const attack: Attack = ATTACKS[name];
const server = { port: Number(port) };
setPriority(NICE);
process.on("disconnect", () => process.exit(0));

const done: { -readonly [Figure in keyof Done]: number } = { connections: 0, sent: 0 };

async function prepared(lane: Lane): Promise<Life> {
  for (;;)
    try {
      return await lane({
        server,
        sent: (count) => {
          done.sent += count;
        },
      });
    } catch {
      await pause(FAILED_MS);
    }
}

async function work(): Promise<void> {
  const { lane } = attack;
  if (typeof lane === "string") return;
  const life = await prepared(lane);
  for (;;) {
    done.connections += 1;
    // Whoever is cut comes back at once.
    await life().catch(() => pause(FAILED_MS));
  }
}

const go = once(process, "message");
process.send?.("ready");
await go;
if (attack.lane === "burner") for (;;) {}
setInterval(() => process.send?.(done), TELL_MS);
await Promise.all(Array.from({ length: attack.lanes }, work));
