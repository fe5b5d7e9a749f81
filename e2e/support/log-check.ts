import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { findLeaks } from "@serendip/tooling/log-leaks";
import { ADMIN_TOKEN, SESSION_SECRET } from "./signaling.ts";

/** Most lines that are shown of a log with faults. */
const SHOWN = 20;

/**
 * Looks through every log in a folder for what must never be logged, and says how much it has looked at.
 *
 * @throws when something is found; the message holds the lines without it
 */
export function refuseLeaks(folder: string): void {
  let lines = 0;
  const found: string[] = [];
  const files = readdirSync(folder);
  for (const file of files) {
    const text = readFileSync(join(folder, file), "utf8");
    lines += text.split("\n").length - 1;
    for (const { kind, line } of findLeaks(text, { secrets: [ADMIN_TOKEN, SESSION_SECRET] }))
      found.push(`${file}: ${kind}: ${line}`);
  }
  if (found.length > 0)
    throw new Error(`The server has logged what it must not:\n${found.slice(0, SHOWN).join("\n")}`);
  process.stdout.write(`Nothing of the people in ${lines} log lines of ${files.length} signaling servers.\n`);
}
