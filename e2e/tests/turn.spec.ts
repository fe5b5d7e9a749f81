import { writeFigures } from "../support/figures.ts";
import { callIn } from "../support/natlab/call.ts";
import { expect, test } from "../support/natlab/fixtures.ts";
import { routeOf } from "../support/natlab/meeting.ts";
import { namespaceFault } from "../support/natlab/namespaces.ts";
import type { Stranger } from "../support/stranger.ts";
import { pass, until } from "../support/until.ts";

/** How long a relayed call is watched while its credentials end again and again: five minutes in `npm run cuts`. */
const RELAYED_MS = Number(process.env["RELAYED_MS"] ?? "25000");
/** Their life: a minute in the long run, as short as the server takes otherwise. */
const CREDENTIAL_MS = Math.max(10_000, Math.min(60_000, Math.round(RELAYED_MS / 2.5)));
/** A pause between two frames that a renewal may cost. */
const FREEZE_MS = 500;
/** What a small machine's own pauses may add while everything else of a test run is in its memory. */
const MACHINE_MS = RELAYED_MS > 60_000 ? 0 : 500;

const fault = namespaceFault();
test.skip(fault !== undefined, fault ?? "");

test.beforeEach(async ({ lab }) => {
  lab.become("a", "sym");
  lab.become("b", "sym");
  await lab.coturn.start();
});
test.afterEach(async ({ lab }) => lab.coturn.stop());

/** The port of the relay that a page sends through at the moment; another allocation has another one. */
const relayPort = ({ page }: Stranger) =>
  page.evaluate(async () => {
    for (const peer of window.probe.peers) {
      const entries = [...(await peer.getStats()).values()];
      const selected = entries.find((entry) => entry.type === "transport")?.selectedCandidatePairId;
      const pair = entries.find((entry) => entry.id === selected);
      const local = entries.find((entry) => entry.id === pair?.localCandidateId);
      if (local?.candidateType === "relay") return Number(local.port);
    }
    return undefined;
  });

test(`[K3] TURN credentials of ${CREDENTIAL_MS / 1_000} s in a relayed call of ${RELAYED_MS / 1_000} s: renewed without a pause of more than ${FREEZE_MS + MACHINE_MS} ms`, async ({
  lab,
  homes,
}) => {
  test.setTimeout(RELAYED_MS + 90_000);
  const call = await callIn(lab, homes, { env: { TURN_TTL_MS: String(CREDENTIAL_MS) } });
  try {
    await pass(3_000);
    const since = Date.now();
    const relays = new Set<number>();
    const end = since + RELAYED_MS;
    while (Date.now() < end) {
      await pass(500);
      for (const person of call.people) relays.add((await relayPort(person)) ?? 0);
    }
    const freezes = await Promise.all(call.people.map((person) => person.longestFreeze(since)));
    console.log(`relayed call: longest pauses ${freezes.join(" and ")} ms, ${relays.size} relays used`);
    writeFigures("turn-credentials", {
      credentialMs: CREDENTIAL_MS,
      relayedMs: RELAYED_MS,
      freezes,
      relays: relays.size,
    });
    expect(Math.max(...freezes)).toBeLessThanOrEqual(FREEZE_MS + MACHINE_MS);
    expect(await routeOf(call.people[0].page)).toContain("relay");
    // Each side had one at the start; whoever goes on to another one has asked for it with new credentials.
    expect(relays.size).toBeGreaterThan(2);
  } finally {
    await call.end();
  }
});

test("[C52][K15][K4] a wrong TURN secret: the call goes on with STUN only, and the page says so", async ({
  lab,
  homes,
}) => {
  lab.become("a", "port");
  lab.become("b", "port");
  const call = await callIn(lab, homes, {
    env: { TURN_SECRET: "another-secret-0123456789abcdef0123456789" },
  });
  try {
    expect(await routeOf(call.people[0].page)).not.toContain("relay");
    expect(call.signaling.log()).toMatch(/TURN server is down/);
    await call.people[0].press("Settings");
    await expect(call.people[0].page.getByRole("dialog")).toContainText(/relay server cannot be used/i);
  } finally {
    await call.end();
  }
});

test("[K4] a TURN server that dies is noticed within 10 s and handed to nobody until it is back", async ({
  lab,
}) => {
  test.setTimeout(60_000);
  const { stun, turn } = lab.coturn.settings;
  const signaling = await lab.signaling({ ...stun, ...turn });
  await signaling.start();
  try {
    await until("it is seen to work", 15_000, () => /TURN server is up/.test(signaling.log()));
    await lab.coturn.kill();
    const diedAt = Date.now();
    await until("its end is noticed", 10_000, () => /TURN server is down/.test(signaling.log()));
    console.log(`the end of the TURN server was noticed after ${Date.now() - diedAt} ms`);
  } finally {
    await signaling.kill();
  }
});

test("[K8] a TURN server that is half up carries the call of one who needs it and one who does not", async ({
  lab,
  homes,
}) => {
  lab.become("a", "udpblock");
  lab.become("b", "port");
  await lab.coturn.stop();
  await lab.coturn.start({ denyItself: true });
  const call = await callIn(lab, homes);
  try {
    expect(await routeOf(call.people[0].page)).toMatch(/^relay:(tcp|tls)\//);
    await until("it is seen to be half up", 10_000, () =>
      /TURN server is half up/.test(call.signaling.log()),
    );
    expect(call.signaling.log()).not.toMatch(/TURN server is (up|down)/);
  } finally {
    await call.end();
  }
});

/** A modified client: it gathers and tells every address it has, whatever the page wanted. */
const LEAK_EVERYTHING = `
  const Original = window.RTCPeerConnection;
  window.RTCPeerConnection = class extends Original {
    constructor(configuration) {
      super({ ...configuration, iceTransportPolicy: "all" });
    }
    setConfiguration(configuration) {
      super.setConfiguration({ ...configuration, iceTransportPolicy: "all" });
    }
  };
`;

const hideAddress = async (person: Stranger) => {
  await person.press("Settings");
  const box = person.page.getByRole("checkbox", { name: "Hide my IP address" });
  // The server has said that it has a relay.
  await expect(box).toBeEnabled();
  await person.page.getByRole("dialog").getByText("Hide my IP address").click();
  await expect(box).toBeChecked();
  await person.press("Done");
};

test("[K5] [K10] relay only against a hostile client: no packet goes between the two, and no address is told", async ({
  lab,
  homes,
}) => {
  test.setTimeout(120_000);
  lab.become("a", "full");
  lab.become("b", "full");
  const between =
    "(net 10.1.0.0/24 or host 198.18.0.11) and (net 10.2.0.0/24 or host 198.18.0.12) and not arp";
  /** What passes between the two in a call of a few seconds. */
  const packetsOf = async (privately: boolean) => {
    const captures = await Promise.all(
      (["nat-a", "nat-b"] as const).map((router) => lab.capture(router, between)),
    );
    const call = await callIn(lab, homes, {
      before: (person) => (person === "b" && privately ? LEAK_EVERYTHING : undefined),
      prepare: async (person) => {
        if (privately && person.context.browser() === homes[0]) await hideAddress(person);
      },
    });
    try {
      await pass(3_000);
      const route = await routeOf(call.people[0].page);
      const heard = await Promise.all(
        call.people.map(({ page }) =>
          page.evaluate(async () => {
            const told: string[] = [];
            for (const peer of window.probe.peers)
              for (const entry of (await peer.getStats()).values())
                if (entry.type === "remote-candidate") told.push(`${entry.candidateType} ${entry.address}`);
            return told;
          }),
        ),
      );
      const lines = (await Promise.all(captures.map((capture) => capture.stop()))).flat();
      return { route, heard, lines };
    } finally {
      await call.end();
    }
  };

  // So that the silence below means something.
  expect((await packetsOf(false)).lines.length).toBeGreaterThan(100);

  const hidden = await packetsOf(true);
  expect(hidden.lines).toEqual([]);
  expect(hidden.route).toMatch(/^relay/);
  for (const told of hidden.heard.flat()) expect(told).toMatch(/^(relay|prflx) 198\.18\.0\.1$/);
});
