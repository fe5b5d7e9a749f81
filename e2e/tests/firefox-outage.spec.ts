import { onlyRoom } from "../support/debug.ts";
import { expect, test } from "../support/natlab/firefox-fixtures.ts";
import { namespaceFault } from "../support/natlab/namespaces.ts";
import { descriptionOf, type Person } from "../support/person.ts";
import { pass, until } from "../support/until.ts";

const fault = namespaceFault();
test.skip(fault !== undefined, fault ?? "");

const CUT_MS = 5_000;

/** The ICE credentials of the person's side, which every ICE restart changes. */
const credentials = async (person: Person): Promise<string | undefined> =>
  (await descriptionOf(person)).sdp.match(/^a=ice-ufrag:(.+)$/m)?.[1]?.trim();

test("[C27][L1][L7] Firefox with Firefox, media cut for 5 s: each page sees the silence by itself, and the call comes back", async ({
  lab,
  firefoxOn,
}) => {
  test.setTimeout(120_000);
  for (const host of ["a", "b"] as const) lab.become(host, "port");
  await lab.coturn.start();
  const signaling = await lab.signaling(lab.coturn.settings.stun);
  await signaling.start();
  const [ann, bob] = [await firefoxOn("a"), await firefoxOn("b")];
  const both = [ann, bob] as const;
  await ann.start();
  await bob.start();
  await Promise.all(both.map((person) => person.meets(30_000)));
  await Promise.all(both.map((person) => person.reads("Connection: good")));
  const { roomId } = await onlyRoom(signaling);
  const before = await Promise.all(both.map(credentials));

  lab.cut("a", "media");
  try {
    const cutAt = Date.now();
    await Promise.all(both.map((person) => person.reads("Connection: nothing arrives")));
    // Firefox's ICE says nothing before 10 s.
    await until("ICE has been restarted", CUT_MS, async () => (await credentials(ann)) !== before[0]);
    for (const person of both) expect(await person.statuses()).not.toContain("Reconnecting…");
    await pass(cutAt + CUT_MS - Date.now());
  } finally {
    lab.heal("a");
  }
  await Promise.all(both.map((person) => person.meets(30_000)));
  await Promise.all(both.map((person) => person.doesNotRead("Connection: nothing arrives")));
  expect((await onlyRoom(signaling)).roomId).toBe(roomId);
  for (const person of both) expect(await person.statuses()).not.toContain("Partner left.");
  await lab.coturn.stop();
});
