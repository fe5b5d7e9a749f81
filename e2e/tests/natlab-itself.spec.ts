import { expect, test } from "../support/natlab/fixtures.ts";
import { namespaceFault } from "../support/natlab/namespaces.ts";
import { reachFrom } from "../support/natlab/reach.ts";

// Proofs in the lab are worth as much as the lab: a network that is not cut, or a capture that sees nothing, proves all.

const fault = namespaceFault();
test.skip(fault !== undefined, fault ?? "");

const ROUTER_OF_A = "198.18.0.11";
const SECOND_ROUTER_OF_A = "198.18.0.13";

test.beforeEach(async ({ lab }) => {
  lab.become("a", "port");
  await lab.coturn.start();
});
test.afterEach(async ({ lab }) => {
  lab.heal("a");
  await lab.coturn.stop();
});

test("the NAT lab: a cut loses what it names and nothing else, and heals", async ({ lab }) => {
  expect(await reachFrom("a")).toEqual({ page: true, stun: ROUTER_OF_A });
  lab.cut("a", "media");
  expect(await reachFrom("a")).toEqual({ page: true, stun: undefined });
  lab.cut("a", "signaling");
  expect(await reachFrom("a")).toEqual({ page: false, stun: ROUTER_OF_A });
  lab.cut("a");
  expect(await reachFrom("a")).toEqual({ page: false, stun: undefined });
  expect((await reachFrom("b")).page).toBe(true);
  lab.heal("a");
  expect(await reachFrom("a")).toEqual({ page: true, stun: ROUTER_OF_A });
});

test("the NAT lab: the other uplink has another router and address, and there is a way back", async ({
  lab,
}) => {
  lab.joinUplink();
  lab.leaveUplink();
  expect(await reachFrom("a")).toEqual({ page: true, stun: SECOND_ROUTER_OF_A });
  lab.joinUplink();
  lab.leaveUplink();
  expect(await reachFrom("a")).toEqual({ page: true, stun: ROUTER_OF_A });
});

test("the NAT lab: a capture counts the packets that fit, and only them", async ({ lab }) => {
  const stun = await lab.capture("nat-a", "udp port 3478");
  const strangers = await lab.capture("nat-a", "host 198.18.0.12");
  await reachFrom("a");
  const packets = await stun.stop();
  expect(packets).toHaveLength(2);
  expect(packets[0]).toContain(ROUTER_OF_A);
  expect(await strangers.stop()).toEqual([]);
});

test("the NAT lab: a firewall for the web lets the page through, and no UDP", async ({ lab }) => {
  lab.become("a", "web");
  expect(await reachFrom("a")).toEqual({ page: true, stun: undefined });
});
