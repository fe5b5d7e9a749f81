import { once } from "node:events";
import { setImmediate as nextTurn, setTimeout as pause } from "node:timers/promises";
import type { Lane } from "../lane.ts";
import { dial, head, upgradeTo, WS_PATH } from "../raw-line.ts";

const KEPT_ALIVE = head("GET /healthz HTTP/1.1");
const H2C = { Connection: "Upgrade, HTTP2-Settings", Upgrade: "h2c", "HTTP2-Settings": "AAMAAABk" };
const FORMS = [
  head("GET / HTTP/1.1", upgradeTo("x")),
  head("POST /v1/sessions HTTP/1.1", upgradeTo("x")),
  head("GET /v1/sessions HTTP/1.1", upgradeTo("websocket")),
  head(`GET ${WS_PATH} HTTP/1.1`, upgradeTo("x")),
  head(`GET ${WS_PATH} HTTP/1.1`, upgradeTo("websocket")),
  head("GET /healthz HTTP/1.1", H2C),
  KEPT_ALIVE + head("GET / HTTP/1.1", upgradeTo("x")),
  "POST /v1/sessions HTTP/1.1\r\nHost: localhost\r\nContent-Length: 999\r\n\r\n{",
];
const AFTER_MS = [0, 1, 10, 100];
const ENDS = ["reset", "close"] as const;
const CASES = FORMS.flatMap((bytes) =>
  AFTER_MS.flatMap((afterMs) => ENDS.map((end) => ({ bytes, afterMs, end }))),
);

/** Requests and upgrades that no page sends, torn off at odd moments. */
export const rawForms: Lane = ({ server, sent }) => {
  let next = Math.floor(Math.random() * CASES.length);
  return async () => {
    const one = CASES[next % CASES.length];
    next += 1;
    if (!one) return;
    const { tcp } = dial(server, one.bytes);
    await once(tcp, "connect");
    sent(1);
    await (one.afterMs > 0 ? pause(one.afterMs) : nextTurn());
    if (one.end === "reset") tcp.resetAndDestroy();
    else tcp.destroy();
  };
};
