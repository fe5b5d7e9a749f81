import { onlyRoom } from "../support/debug.ts";
import { expect, test } from "../support/firefox/fixtures.ts";
import { asPerson, descriptionOf, type Person } from "../support/person.ts";
import { until } from "../support/until.ts";

test.setTimeout(120_000);

/** Both see each other move and hear each other. */
async function meet(first: Person, second: Person): Promise<void> {
  await first.start();
  await first.sees("Looking for partner…");
  await second.start();
  await Promise.all([first.meets(20_000), second.meets(20_000)]);
}

const partnerCameraOff = "Your partner's camera is off";
const partnerMicrophoneOff = "Your partner's microphone is off";

/** `person` turns camera and microphone off and on, and `partner` notices each. */
async function toggleAll(person: Person, partner: Person): Promise<void> {
  await person.press("Turn off camera");
  await partner.reads(partnerCameraOff);
  await person.press("Turn on camera");
  await partner.doesNotRead(partnerCameraOff);
  const before = await partner.inbound();
  await until("the partner's picture moves again", 10_000, async () => {
    return (await partner.inbound()).framesDecoded >= before.framesDecoded + 5;
  });

  await person.press("Mute microphone");
  await partner.reads(partnerMicrophoneOff);
  await until("the partner hears nothing while frames go on", 15_000, async () => {
    const start = await partner.inbound();
    const end = await until("more frames", 10_000, async () => {
      const now = await partner.inbound();
      return now.framesDecoded >= start.framesDecoded + 15 && now;
    });
    return end.audioEnergy - start.audioEnergy < 1e-6;
  });
  await person.press("Unmute microphone");
  await partner.doesNotRead(partnerMicrophoneOff);
  const silent = await partner.inbound();
  await until("the partner hears again", 10_000, async () => {
    return (await partner.inbound()).audioEnergy > silent.audioEnergy + 1e-6;
  });
}

test("[C46] Firefox waits and Chromium comes: they meet, and each notices what the other turns off", async ({
  firefoxPerson,
  stranger,
}) => {
  const [fox, chrome] = [await firefoxPerson(), asPerson(await stranger())];
  await meet(fox, chrome);
  expect((await descriptionOf(fox)).type).toBe("offer");
  await toggleAll(fox, chrome);
  await toggleAll(chrome, fox);
  for (const person of [fox, chrome]) expect(await person.statuses()).not.toContain("Reconnecting…");
});

test("[C46][M4] Chromium waits and Firefox comes: they meet, and Next in Firefox finds the next one", async ({
  firefoxPerson,
  stranger,
}) => {
  const [chrome, fox, third] = [asPerson(await stranger()), await firefoxPerson(), await stranger()];
  await meet(chrome, fox);
  expect((await descriptionOf(fox)).type).toBe("answer");
  await third.start();
  await third.sees("Looking for partner…");
  await fox.press("Next");
  await Promise.all([fox.meets(20_000), third.meets(20_000)]);
  await chrome.sees("Looking for partner…");
});

test("[C46][C30][C58][R5] Firefox meets Firefox, and a reload returns by itself to the same stranger", async ({
  firefoxPerson,
  signaling,
}) => {
  const [ann, bob] = [await firefoxPerson(), await firefoxPerson()];
  await meet(ann, bob);
  // As long as it takes to find that nothing arrives, and longer.
  const before = await ann.inbound();
  await until("some seconds of pictures", 30_000, async () => {
    return (await ann.inbound()).framesDecoded >= before.framesDecoded + 120;
  });
  for (const person of [ann, bob]) {
    const text = await person.evaluate(() => document.body.textContent ?? "");
    expect(text).not.toContain("Connection: nothing arrives");
    expect(text).toMatch(/Receiving[1-9]\d* kbit\/s/);
  }
  const room = await onlyRoom(signaling);
  await ann.reload();
  await Promise.all([ann.meets(20_000), bob.meets(20_000)]);
  const after = await onlyRoom(signaling);
  expect(after.roomId).toBe(room.roomId);
  expect(after.generation).toBeGreaterThan(room.generation);
  expect(await bob.statuses()).not.toContain("Partner left.");
  await ann.press("Stop");
  await bob.sees("Partner left.");
});

test("[C54] the connection check in Firefox: all that is set up works", async ({ firefoxPerson }) => {
  const person = await firefoxPerson("/check/");
  await person.press("Start the check");
  await person.reads("Everything that is set up here works.", 45_000);
  await person.reads("Chat server: Works");
  for (const device of ["Camera: Works", "Microphone: Works"]) await person.reads(device);
  // Without a loudspeaker, as here, Firefox measures no sound at all.
  await until("the microphone's level is seen, or not shown as silence", 10_000, () =>
    person.evaluate(() => {
      const meter = document.querySelector("meter");
      return (meter?.value ?? 0) > 0 || meter?.checkVisibility() === false;
    }),
  );
});
