import { existsSync, readFileSync } from "node:fs";
import type { Count } from "./ledger.ts";

/** One thing that happens, and what it costs. */
export interface Step {
  readonly title: string;
  readonly counts: readonly Count[];
}

/** Where each count stands, with its reason. */
export const TABLE = new URL("expected.md", import.meta.url).pathname;
export const HOW_TO_CHANGE =
  "A count has changed. If that is meant: npm run test:unit -- --project signaling-server counts --update, then write down why in signaling-server/test/counts/expected.md, where a ? stands.";
/** Begins what stands where nobody has said yet why. */
const UNSAID = "?";

const HEAD = `# What things cost

How often each thing happens, counted by \`counts.test.ts\` in a real server and at the wire of real pages, with nobody else
there. What does not stand in a table does not happen at all. These numbers repeat, which times do not, so the test wants
exactly them. A change of one fails until somebody has written down why:

\`\`\`sh
npm run test:unit -- --project signaling-server counts --update
\`\`\`

takes the new numbers and puts a \`?\` beside each, with the reason of the old one, and the test goes on failing until a reason
without it stands there.

- **Packets** are messages of Engine.IO over a WebSocket, **bytes** are those of their texts. **Acknowledgements** are those
  of Socket.IO; they are among the packets too.
- **Log lines** are those of the level info and above.
- **Timers armed** includes those that are cancelled before their time. They are named by the file of the server, or the
  library, that arms them. Left out is what Node arms for its sockets, and the WebSocket library for its closings.
- **Signatures** are all keyed hashes: of tokens and tickets, made or checked, and of names that nobody is to read back.
- **Asked of the store** are commands, and questions in brackets.
- Everybody comes through a proxy, so that networks are known, and names a device group. There is no TURN server.
- A token is asked for over a TCP connection that ends with the answer.
`;

const keyOf = (...parts: readonly string[]) => parts.join(" | ");

/** The reasons of a table: those of each count as it is, and those that stood beside counts of the same kind. */
function reasonsIn(text: string): ReadonlyMap<string, string> {
  const reasons = new Map<string, string>();
  let title = "";
  for (const line of text.split("\n")) {
    if (line.startsWith("## ")) title = line.slice(3);
    const [, kind = "", times = "", which = "", why = ""] = line.split("|").map((cell) => cell.trim());
    if (why === "") continue;
    reasons.set(keyOf(title, kind, times, which), why);
    reasons.set(keyOf(title, kind), why.startsWith(UNSAID) ? why : `${UNSAID} was: ${why}`);
  }
  return reasons;
}

const readTable = (): string => (existsSync(TABLE) ? readFileSync(TABLE, "utf8") : "");

/** The table of what was counted, each count with the reason that stands beside the same count now. */
export function tableOf(steps: readonly Step[], present = readTable()): string {
  const reasons = reasonsIn(present);
  const rowOf = (title: string, { kind, times, which }: Count): string => {
    const cells = [kind, String(times), which] as const;
    const why = reasons.get(keyOf(title, ...cells)) ?? reasons.get(keyOf(title, kind)) ?? UNSAID;
    return `| ${[...cells, why].join(" | ")} |`;
  };
  const sections = steps.map(({ title, counts }) =>
    [`## ${title}`, "", "| what | times | which | why |", "| --- | ---: | --- | --- |"]
      .concat(counts.map((count) => rowOf(title, count)))
      .join("\n"),
  );
  return `${[HEAD.trimEnd(), ...sections].join("\n\n")}\n`;
}

/** The rows of the table that do not say why. */
export const unsaidIn = (table: string): readonly string[] =>
  table.split("\n").filter((line) => line.split("|").at(-2)?.trim().startsWith(UNSAID));
