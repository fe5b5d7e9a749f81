// A program for secret-file.test.ts. For each line `<directory> <step> <trouble>` of its input it keeps a secret as a server
// does, meets that trouble before that step, and says how it ended: `secret …` or `failed …`, and the number of steps.
// With `wait` it says `at …` and stands still until the next line; with `SIGKILL` it ends there.
import fs from "node:fs/promises";
import { syncBuiltinESMExports } from "node:module";
import { createInterface } from "node:readline";

const input = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
let steps = 0;
let troubleAt = 0;
let trouble = "";

async function reach(name: string): Promise<void> {
  steps += 1;
  if (steps !== troubleAt) return;
  if (trouble === "SIGKILL") process.kill(process.pid, "SIGKILL");
  if (trouble === "ENOSPC") throw Object.assign(new Error("ENOSPC: the disk is full"), { code: "ENOSPC" });
  console.log(`at ${name}`);
  await input.next();
}

type Call = (...args: never[]) => Promise<unknown>;

/** Whatever changes the folder or the file is a step. */
function watch(owner: object, names: readonly string[], after: (result: unknown) => void = () => {}): void {
  for (const name of names) {
    const call = Reflect.get(owner, name) as Call;
    const watched: Call = async (...args) => {
      await reach(name);
      const result = await call.apply(owner, args);
      after(result);
      return result;
    };
    Reflect.set(owner, name, watched);
  }
}

watch(fs, ["writeFile", "link", "rename", "rm"]);
watch(fs, ["open"], (handle) => watch(handle as object, ["writeFile", "sync"]));
syncBuiltinESMExports();
const { keptSecret } = await import("../../src/edge/secret-file.ts");

for (let line = await input.next(); !line.done; line = await input.next()) {
  const [directory = "", step = "0", kind = ""] = line.value.split(" ");
  [steps, troubleAt, trouble] = [0, Number(step), kind];
  const ending = await keptSecret(directory, { warn: () => {} }).then(
    (secret) => `secret ${secret}`,
    (error: unknown) => `failed ${String(error)}`,
  );
  console.log(`${ending} ${steps}`);
}
