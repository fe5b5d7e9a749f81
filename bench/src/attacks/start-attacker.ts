import { fork } from "node:child_process";
import { once } from "node:events";
import type { AttackName } from "./catalogue.ts";

/** What an attacker has done so far. */
export interface Done {
  readonly connections: number;
  readonly sent: number;
}

export interface Attacker {
  begin(): void;
  /** Kills it. */
  end(): Promise<Done>;
}

/** A process that is ready to attack. It ends with this one. */
export async function startAttacker(name: AttackName, port: number): Promise<Attacker> {
  const child = fork(new URL("./attacker.ts", import.meta.url), [name, String(port)], {
    execArgv: ["--import", "tsx", "--conditions=@serendip/source"],
  });
  const exit = once(child, "exit");
  await once(child, "message");
  let done: Done = { connections: 0, sent: 0 };
  child.on("message", (message) => {
    done = message as Done;
  });
  return {
    begin: () => void child.send("go"),
    async end() {
      if (!child.kill("SIGKILL")) throw new Error(`The attacker "${name}" ended by itself.`);
      await exit;
      return done;
    },
  };
}
