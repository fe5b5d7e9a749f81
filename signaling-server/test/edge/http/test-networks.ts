import { createSecretKey } from "node:crypto";
import type { Clock } from "@serendip/time";
import { DEFAULT_DOOR_RULES, type DoorRules } from "../../../src/domain/network/door.ts";
import { readProxyTrust } from "../../../src/domain/network/proxy-trust.ts";
import { createDoorkeeper } from "../../../src/edge/http/doorkeeper.ts";
import { memoryDoorMeter } from "../../../src/edge/http/memory-door-meter.ts";
import { createNetworks, type Networks } from "../../../src/edge/http/networks.ts";
import type { Log } from "../../../src/ports.ts";
import { keptLog } from "../../app/page.ts";

const KEY = createSecretKey(Buffer.from("only-for-this-test-0123456789abc"));

/** Networks as with this TRUST_PROXY; unset unless given. */
export function testNetworks({
  trustProxy,
  key = KEY,
  log = keptLog(),
}: {
  readonly trustProxy?: string | undefined;
  readonly key?: typeof KEY;
  readonly log?: Log;
} = {}): Networks {
  const reading = trustProxy === undefined ? undefined : readProxyTrust(trustProxy);
  if (reading?.ok === false) throw new Error(reading.why);
  return createNetworks({ trust: reading?.trust ?? { kind: "unset" }, key, log });
}

/** What a front door needs to know of networks. */
export function testDoor({
  clock,
  trustProxy,
  log = keptLog(),
  rules = DEFAULT_DOOR_RULES,
  mostConnections = 2_000,
}: {
  readonly clock: Clock;
  readonly trustProxy?: string | undefined;
  readonly log?: Log;
  readonly rules?: DoorRules | undefined;
  readonly mostConnections?: number | undefined;
}) {
  const networks = testNetworks({ log, trustProxy });
  const meter = memoryDoorMeter(clock, rules);
  const parts = { networks, meter, clock, random: () => 0.5, log, mostConnections };
  return { networks, meter, doorkeeper: createDoorkeeper(parts) };
}
