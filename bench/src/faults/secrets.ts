import { readFileSync } from "node:fs";
import { join } from "node:path";
import { WS_PATH } from "../attacks/raw-line.ts";
import { answerTo, mint } from "../page/mint.ts";
import { meet, signalOf } from "../page/pair.ts";
import { startBuilt } from "../server/built-server.ts";
import { fileLog } from "../server/log-outputs.ts";
import type { Fault } from "./fault.ts";
import { statusOfUpgrade } from "./upgrade.ts";

const NAMES = [
  "token",
  "access_token",
  "TOKEN",
  "auth",
  "jwt",
  "authorization",
  "resume",
  "resumeSecret",
  "secret",
  "ticket",
];

/** What may never stand in a log. */
const SECRETS: Readonly<Record<string, RegExp>> = {
  "a token": /eyJ[\w-]{10,}\.[\w-]{10,}/,
  "a candidate": /candidate:/,
  "an SDP": /v=0/,
  "a full address of a person": /203\.0\.113\.\d*[1-9]\d*(?!\/)/,
};

/** Tokens in addresses, and what the log of a server with calls holds. */
export const secrets: Fault = {
  what: "secrets in the query, over each transport; then everything that the server has logged",
  target: "all 400; no token, candidate, SDP or full address in the log",
  async run({ product, isQuick }) {
    let logFile = "";
    const server = await startBuilt({
      product,
      settings: { LOG_LEVEL: "trace", TRUST_PROXY: "1" },
      openLog: (directory) => {
        logFile = join(directory, "log");
        return fileLog(directory);
      },
    });
    try {
      const from = { port: server.port, from: "203.0.113.77" };
      const token = await mint(from);
      const wrong: string[] = [];
      for (const name of NAMES) {
        const path = `${WS_PATH}&${name}=${token}`;
        const polling = path.replace("websocket", "polling");
        const got = [
          await statusOfUpgrade(from, path),
          (await answerTo(from, { method: "GET", path: polling })).status,
        ];
        if (got.some((status) => status !== 400)) wrong.push(`${name}: ${got.join(" and ")}`);
      }
      for (let calls = 0; calls < (isQuick ? 2 : 20); calls += 1) {
        const pair = await meet(from, [() => undefined, () => undefined]);
        for (let n = 1; n <= 20; n += 1) await pair[0].page.ask("signal", signalOf(pair[0].roomId, n));
        for (const { page } of pair) page.close();
      }
      // A server that answers has written what came before.
      await server.answers();
      const lines = readFileSync(logFile, "utf8").split("\n");
      const found = Object.entries(SECRETS).flatMap(([name, pattern]) => {
        const bad = lines.filter((line) => pattern.test(line)).length;
        return bad > 0 ? [`${name} in ${bad} lines`] : [];
      });
      const refused = NAMES.length - wrong.length;
      return {
        figure: [
          `${refused} of ${NAMES.length} names refused`,
          ...wrong,
          `${lines.length} lines of log: ${found.join(", ") || "nothing found"}`,
        ].join("; "),
        isKept: wrong.length === 0 && found.length === 0 && lines.length > 10,
      };
    } finally {
      await server.stop();
    }
  },
};
