import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "../support/firefox/fixtures.ts";
import { PATHS } from "../support/paths.ts";
import { asPerson, type Person } from "../support/person.ts";
import { until } from "../support/until.ts";

type Entry = Readonly<Record<string, unknown>>;

/** What tells where the machine is, or what its call was: none of it is needed. */
const BLANKS: Readonly<Record<string, unknown>> = {
  address: "192.0.2.1",
  ip: "192.0.2.1",
  relatedAddress: "192.0.2.1",
  port: 9,
  relatedPort: 9,
  usernameFragment: "ufrag",
  iceLocalUsernameFragment: "ufrag",
  url: "",
  fingerprint: "",
  base64Certificate: "",
};

const blanked = (entry: Entry): Entry =>
  Object.fromEntries(Object.entries(entry).map(([name, value]) => [name, BLANKS[name] ?? value]));

const reportOf = (person: Person): Promise<readonly Entry[]> =>
  person.evaluate(async () => {
    const peer = window.probe.peers.find(({ connectionState }) => connectionState === "connected");
    return peer ? [...(await peer.getStats()).values()] : [];
  });

const framesOf = async (person: Person) => (await person.inbound()).framesDecoded;

/** Two reports of one call, with frames decoded between them. */
async function record(name: string, browser: string, person: Person): Promise<void> {
  const first = await reportOf(person);
  const frames = await framesOf(person);
  await until("more frames", 20_000, async () => (await framesOf(person)) >= frames + 20);
  const second = await reportOf(person);
  mkdirSync(PATHS.stats, { recursive: true });
  const recording = { browser, reports: [first, second].map((report) => report.map(blanked)) };
  writeFileSync(join(PATHS.stats, `${name}.json`), `${JSON.stringify(recording, undefined, 2)}\n`);
}

test.setTimeout(120_000);

test("what Chromium and Firefox report of a call with each other", async ({
  firefox,
  firefoxPerson,
  sharedBrowser,
  stranger,
}) => {
  const [fox, chrome] = [await firefoxPerson(), asPerson(await stranger())];
  await fox.start();
  await chrome.start();
  await Promise.all([fox.meets(30_000), chrome.meets(30_000)]);
  await record("chromium", `Chromium ${sharedBrowser.version()}`, chrome);
  await record("firefox", await firefox.version(), fox);
});
