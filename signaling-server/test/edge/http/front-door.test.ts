import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { steadyClock } from "@serendip/time";
import { expect, onTestFinished, test } from "vitest";
import { createEngine } from "../../../src/edge/engine/engine.ts";
import { openFrontDoor } from "../../../src/edge/http/front-door.ts";
import { keptLog, ORIGIN, until } from "../../app/page.ts";
import { dial, head } from "../../app/raw.ts";

test("[W10] once a connection is cut, no further request is opened of all that have come with the one that was too many", async () => {
  const clock = steadyClock();
  const allowedOrigins = [ORIGIN];
  const engine = createEngine({ clock, allowedOrigins, pingIntervalMs: 25_000, pingTimeoutMs: 20_000 });
  // Nobody answers.
  const { server } = openFrontDoor({ engine, clock, log: keptLog(), allowedOrigins }, () => undefined);
  onTestFinished(() => void server.close());
  let opened = 0;
  server.on("request", () => {
    opened += 1;
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  const { port } = server.address() as AddressInfo;
  const line = dial({ port }, head("GET /healthz HTTP/1.1").repeat(2_000));
  await until("it is cut", line.ended);
  // Eight that wait, and the one for which the connection is cut.
  expect(opened).toBe(9);
});
