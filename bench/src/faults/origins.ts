import { WS_PATH } from "../attacks/raw-line.ts";
import { type Answer, answerTo, ORIGIN, type Server } from "../page/mint.ts";
import { type Fault, withServer } from "./fault.ts";
import { statusOfUpgrade } from "./upgrade.ts";

const FOREIGN = [
  "null",
  "https://evil.example",
  `${ORIGIN}.evil.example`,
  `${ORIGIN}.`,
  `${ORIGIN}/`,
  `${ORIGIN}:443`,
  ORIGIN.toUpperCase(),
  ORIGIN.replace("http:", "https:"),
  ORIGIN.replace("//", "//sub."),
  ORIGIN.replace("//", "//user@"),
  `${ORIGIN} https://evil.example`,
  `${ORIGIN}\thttps://evil.example`,
  ORIGIN.replace("5173", "5174"),
  "file://",
  "",
];

const POLLING = "/socket.io/?EIO=4&transport=polling";

type Way = (server: Server, headers: Record<string, string>) => Promise<number>;

const status = (answer: Promise<Answer>) => answer.then((one) => one.status);
const WAYS: Readonly<Record<string, Way>> = {
  polling: (server, headers) => status(answerTo(server, { method: "GET", path: POLLING, headers })),
  websocket: (server, headers) => statusOfUpgrade(server, WS_PATH, headers),
  mint: (server, headers) =>
    status(
      answerTo(server, {
        method: "POST",
        path: "/v1/sessions",
        headers: { "content-type": "application/json", ...headers },
        body: "{}",
      }),
    ),
};
const LET_IN = new Set([200, 101]);

/** Another site's page opens connections in the name of whoever looks at it (CSWSH). */
export const origins: Fault = {
  what: "connections and tokens asked for from foreign, odd and missing Origins, on each transport",
  target: "all refused with 403, the right one let in",
  run: (around) =>
    withServer(around, {}, async (server) => {
      let refused = 0;
      const wrong: string[] = [];
      for (const [name, way] of Object.entries(WAYS)) {
        for (const origin of FOREIGN) {
          const got = await way(server, { origin });
          if (got === 403) refused += 1;
          else wrong.push(`${name} from ${JSON.stringify(origin)}: ${got}`);
        }
        const own = await way(server, { origin: ORIGIN });
        if (!LET_IN.has(own)) wrong.push(`${name} from the right one: ${own}`);
      }
      const all = FOREIGN.length * Object.keys(WAYS).length;
      return {
        figure: [`${refused} of ${all} refused`, ...wrong].join("; "),
        isKept: wrong.length === 0,
      };
    }),
};
