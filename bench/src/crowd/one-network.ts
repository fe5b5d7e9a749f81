import { randomBytes, randomUUID } from "node:crypto";
import { setTimeout as pause } from "node:timers/promises";
import type { Fault, Finding, Surroundings } from "../faults/fault.ts";
import { percentile } from "../figures.ts";
import { mint, type Server, seenFrom } from "../page/mint.ts";
import { arrive, helloOf } from "../page/page.ts";
import { type BuiltServer, startBuilt } from "../server/built-server.ts";
import { type Notices, Person } from "./person.ts";

const PEOPLE = 300;
const ADDRESS = "203.0.113.50";
const ARRIVE_MS = 15_000;
const BACK_MS = 30_000;
/** Beside bots of their own address people are told apart from these only once they have had a good call (SPEC M13). */
const WITH_BOTS = 0.95;
const NEXT_MS = 10_000;
/** After the last Next rooms still change, because who is left searches on. */
const SETTLE_MS = 6_000;
const LOOK_MS = 50;

async function until(isSo: () => boolean, withinMs: number): Promise<boolean> {
  const deadline = performance.now() + withinMs;
  while (!isSo()) {
    if (performance.now() > deadline) return false;
    await pause(LOOK_MS);
  }
  return true;
}

/** Somebody of the same network who searches all the time, takes nobody, and asks as fast as it is answered. */
async function bot(server: Server, isOver: () => boolean): Promise<void> {
  while (!isOver())
    try {
      const page = await arrive(server, helloOf(await mint(server)));
      while (!isOver() && page.isOpen()) {
        await page.ask("find", { requestId: randomUUID() });
        await page.ask("ice-servers", {});
        await pause(20);
      }
      page.close();
    } catch {
      await pause(1_000);
    }
}

async function crowdOf(people: number, bots: number, { product }: Surroundings): Promise<Finding> {
  const settings = { TRUST_PROXY: "1", SESSION_SECRET: randomBytes(48).toString("base64") };
  const notices: Notices = new Map();
  let server: BuiltServer = await startBuilt({ product, settings });
  const { port } = server;
  const address = seenFrom({ port }, ADDRESS);
  const persons = Array.from({ length: people }, () => new Person(address, notices));
  let isOver = false;
  let swarm: readonly Promise<void>[] = [];
  const everybodyMet = () =>
    until(() => persons.filter(({ metAt }) => metAt !== undefined).length >= people - 1, BACK_MS);
  const metCount = () => persons.filter(({ metAt }) => metAt !== undefined).length;
  try {
    const begunAt: number[] = [];
    await Promise.all(
      persons.map(async (person, n) => {
        await pause((n / people) * ARRIVE_MS);
        begunAt[n] = performance.now();
        await person.come(performance.now() + ARRIVE_MS);
        await person.search();
      }),
    );
    await everybodyMet();
    const metAtFirst = metCount();
    const waits = persons.flatMap(({ metAt }, n) => (metAt === undefined ? [] : [metAt - (begunAt[n] ?? 0)]));

    swarm = Array.from({ length: bots }, () => bot(address, () => isOver));
    await Promise.all(
      persons.map(async (person, n) => {
        await pause((n / people) * NEXT_MS);
        await person.next();
      }),
    );
    await everybodyMet();
    const metAgain = metCount();
    await pause(SETTLE_MS);

    const rooms = persons.map(({ roomId }) => roomId);
    await server.kill();
    await until(() => persons.every(({ isOpen }) => !isOpen), BACK_MS);
    const goneAt = performance.now();
    server = await startBuilt({ product, settings: { ...settings, PORT: String(port) } });
    const backAfter = await Promise.all(
      persons.map(async (person) => {
        const isBack = await person.come(goneAt + BACK_MS);
        return isBack ? performance.now() - goneAt : Number.POSITIVE_INFINITY;
      }),
    );
    const back = backAfter.filter(Number.isFinite).length;
    const same = persons.filter(({ roomId }, n) => roomId === rooms[n]).length;
    const noticed = [...notices].map(([what, count]) => `${count} × ${what}`);
    return {
      figure: [
        `${metAtFirst} of ${people} met, wait p95 ${(percentile(waits, 0.95) / 1_000).toFixed(1)} s`,
        `${metAgain} met somebody else after Next`,
        `after kill -9 ${back} back, p95 ${(percentile(backAfter, 0.95) / 1_000).toFixed(1)} s, ${same} where they were`,
        `noticed: ${noticed.join(", ") || "nothing"}`,
      ].join("; "),
      isKept:
        Math.min(metAtFirst, back) >= people - 1 &&
        Math.min(metAgain, same) >= people * (bots === 0 ? 1 : WITH_BOTS) - 1 &&
        noticed.length === 0,
    };
  } finally {
    isOver = true;
    for (const person of persons) person.close();
    await server.stop();
    await Promise.all(swarm);
  }
}

/** A school, a company, a mobile carrier. */
export const oneNetwork: Fault = {
  what: `${PEOPLE} honest people behind one address come, meet, press Next and talk; the server is killed, and all come back`,
  target: "everybody meets, everybody is back in the same room, nobody notices a limit",
  run: (around) => crowdOf(PEOPLE, 0, around),
};

export const oneNetworkWithBots: Fault = {
  what: "the same beside 20 bots of that address, which come, search all the time, take nobody, and come again as somebody else",
  target: "95 of 100 meet somebody else within 30 s, everybody is back, nobody notices a limit",
  isLong: true,
  run: (around) => crowdOf(PEOPLE, 20, around),
};
