import { describe, expect, it } from "vitest";
import type { Stranger } from "../strangers.ts";
import type { Arrange, Scene } from "./scene.ts";

/** Two of two devices and networks. */
const APART = [
  { deviceGroup: "d1", networkKey: "n1" },
  { deviceGroup: "d2", networkKey: "n2" },
] as const;

let extras = 0;
/** Somebody new, of a device and a network that nobody else has. */
function stranger(scene: Scene): Promise<Stranger> {
  extras += 1;
  return scene.enter({ deviceGroup: `extra-${extras}`, networkKey: `network-of-extra-${extras}` });
}

/** Somebody new is matched with this one, who waits or begins to. */
async function meet(scene: Scene, page: Stranger): Promise<Stranger> {
  const other = await stranger(scene);
  await page.find();
  await other.find();
  if ((await page.state())?.kind !== "in-room") await scene.pass(scene.settings.standing.keepMs);
  expect((await other.room()).roomId).toBe((await page.room()).roomId);
  return other;
}

/** Misses `ready` so often in a row. */
async function beSilent(scene: Scene, page: Stranger, times = 3): Promise<void> {
  for (let time = 0; time < times; time += 1) {
    const other = await meet(scene, page);
    await other.ready();
    await scene.pass(10_000);
    await other.leave();
  }
}

/** So many new devices of one network miss their `ready`s at the same time. */
async function beSilentTogether(scene: Scene, count: number): Promise<void> {
  const partners = [];
  for (let n = 0; n < count; n += 1) {
    extras += 1;
    const bot = await scene.enter({ deviceGroup: `bot-${extras}`, networkKey: "shared" });
    const other = await meet(scene, bot);
    await other.ready();
    partners.push(other);
  }
  await scene.pass(10_000);
  for (const other of partners) await other.leave();
}

async function bandsOf(scene: Scene) {
  const { standing } = await scene.store.inspect(0);
  return standing;
}

async function talk(scene: Scene, [a, b]: readonly [Stranger, Stranger], ms: number): Promise<void> {
  for (const page of [a, b]) await page.ready();
  for (const page of [a, b]) await page.media(true);
  await scene.pass(ms);
}

export function standingRules(arrange: Arrange): void {
  describe("standing", () => {
    it("[M10] everybody new is neutral, and one match without ready is nothing", async () => {
      const scene = await arrange();
      const ann = await stranger(scene);
      await beSilent(scene, ann, 1);
      expect(await bandsOf(scene)).toMatchObject({ doubtful: 0, low: 0 });
    });

    it("[M10] [M11] three matches without ready are low standing, and no more 3 min later", async () => {
      const scene = await arrange();
      const ann = await stranger(scene);
      await beSilent(scene, ann);
      expect(await bandsOf(scene)).toMatchObject({ low: 1 });
      await ann.leave();
      for (let minute = 0; minute < 3; minute += 1) {
        await scene.pass(60_000);
        await ann.touch();
      }
      expect(await bandsOf(scene)).toMatchObject({ low: 0 });
    });

    it("[M11] [M12] who skips partner after partner falls, and those who are skipped do not", async () => {
      const scene = await arrange();
      const ann = await stranger(scene);
      for (let time = 0; time < 7; time += 1) {
        const other = await meet(scene, ann);
        await Promise.all([ann.ready(), other.ready()]);
        await scene.pass(1_000);
      }
      await ann.leave();
      expect(await bandsOf(scene)).toMatchObject({ low: 1, neutral: 7 });
    });

    it("[M12] a person who meets ten who say nothing in a row, and leaves them, does not sink with them", async () => {
      const scene = await arrange();
      const ann = await stranger(scene);
      for (let time = 0; time < 10; time += 1) {
        // Each of them has been seen through by others before.
        const bot = await scene.enter({ deviceGroup: `bot-${time}`, networkKey: `bots-${time % 2}` });
        await beSilent(scene, bot);
        await bot.leave();
        await bot.find();
        await ann.find();
        await scene.pass(8_000);
        expect((await bot.room()).roomId).toBe((await ann.room()).roomId);
        await ann.ready();
        await scene.pass(1_000);
        await ann.leave();
        await bot.leave();
      }
      await ann.find();
      const eve = await stranger(scene);
      expect(await eve.find()).toMatchObject({ state: { kind: "in-room" } });
    });

    it("[M11] a connection that fails counts only in a row with different partners, and one that comes about ends it", async () => {
      const scene = await arrange();
      const ann = await stranger(scene);
      const fail = async () => {
        const other = await meet(scene, ann);
        for (const page of [ann, other]) await page.ready();
        await scene.pass(4_000);
        await ann.giveUp();
        for (const page of [ann, other]) await page.leave();
      };
      const connect = async () => {
        const other = await meet(scene, ann);
        await talk(scene, [ann, other], 10_000);
        await ann.leave();
      };
      // Three of four calls fail, for a long time.
      for (let round = 0; round < 6; round += 1) {
        for (let time = 0; time < 3; time += 1) await fail();
        await connect();
        expect(await bandsOf(scene)).toMatchObject({ low: 0 });
      }
      for (let time = 0; time < 12; time += 1) await fail();
      expect(await bandsOf(scene)).toMatchObject({ low: 1 });
      await scene.pass(60_000);
      await ann.touch();
      expect(await bandsOf(scene)).toMatchObject({ low: 0 });
    });

    it("[M10] [M13] a network that has fallen counts for who is new in it, until a good call with somebody from elsewhere", async () => {
      const scene = await arrange({ matchSameDevice: false });
      await beSilentTogether(scene, 6);
      const ann = await scene.enter({ deviceGroup: "ann", networkKey: "shared" });
      expect(await bandsOf(scene)).toMatchObject({ doubtful: 7 });
      const eve = await meet(scene, ann);
      await talk(scene, [ann, eve], 30_000);
      await ann.leave();
      await beSilentTogether(scene, 6);
      expect(await bandsOf(scene)).toMatchObject({ doubtful: 12 });
      await ann.find();
      expect(await (await stranger(scene)).find()).toMatchObject({ state: { kind: "in-room" } });
    });

    it("[M13] a long call says nothing where nothing shows that the two are two people", async () => {
      const scene = await arrange();
      const ann = await scene.enter(APART[0]);
      await beSilent(scene, ann);
      await ann.leave();
      const kin = await scene.enter({ deviceGroup: "another", networkKey: "n1" });
      await ann.find();
      await kin.find();
      await scene.pass(8_000);
      await talk(scene, [ann, kin], 30_000);
      await ann.leave();
      expect(await bandsOf(scene)).toMatchObject({ low: 1 });
    });

    it("[M10] where no network is known, a device stands for itself alone", async () => {
      const scene = await arrange();
      for (let n = 0; n < 8; n += 1) await beSilent(scene, await scene.enter({ deviceGroup: `bot-${n}` }), 1);
      expect(await bandsOf(scene)).toMatchObject({ doubtful: 0, low: 0 });
    });

    it("[M1] [M14] who has fallen is met last, by neutral people only after 8 s in the queue, by their like at once", async () => {
      const scene = await arrange();
      const [low, other] = [await stranger(scene), await stranger(scene)];
      for (const page of [low, other]) {
        await beSilent(scene, page);
        await page.leave();
      }
      await low.find();
      const ann = await stranger(scene);
      await ann.find();
      await scene.pass(7_999);
      expect(await ann.state()).toMatchObject({ kind: "queued" });
      await other.find();
      expect((await other.room()).roomId).toBe((await low.room()).roomId);
      await low.find();
      await scene.pass(1);
      expect((await ann.room()).roomId).toBe((await low.room()).roomId);
    });

    it("[M14] two neutral people meet at once, however many who have fallen wait longer", async () => {
      const scene = await arrange({ matchSameDevice: false });
      const bots = [];
      for (let n = 0; n < 5; n += 1) {
        const bot = await scene.enter({ deviceGroup: "one", networkKey: `n${n}` });
        await beSilent(scene, bot, 1);
        await bot.leave();
        bots.push(bot);
      }
      for (const bot of bots) await bot.find();
      expect(await bandsOf(scene)).toMatchObject({ low: 5 });
      const [ann, ben] = [await stranger(scene), await stranger(scene)];
      await ann.find();
      expect(await ben.find()).toMatchObject({ state: { kind: "in-room" } });
      expect((await ben.room()).roomId).toBe((await ann.room()).roomId);
    });

    it("[M15] no more is remembered than the bound, and the oldest goes first", async () => {
      const { standing } = (await arrange()).settings;
      const scene = await arrange({ standing: { ...standing, devicesKept: 1, networksKept: 1 } });
      const ann = await stranger(scene);
      await beSilent(scene, ann);
      await beSilent(scene, await stranger(scene), 1);
      expect(await bandsOf(scene)).toMatchObject({ low: 0 });
    });

    it("[M6] a match one of whose pages had camera and microphone ends after 4 s without ready, any other after 10 s", async () => {
      const scene = await arrange();
      const come = () => stranger(scene);
      const pages = [await come(), await come(), await come(), await come()] as const;
      await pages[0].find(undefined, false, true);
      await pages[1].find();
      await pages[0].ready();
      await scene.pass(3_999);
      expect(pages[0].bodies("requeued")).toEqual([]);
      await scene.pass(1);
      expect(pages[0].bodies("requeued")).toMatchObject([{ reason: "timeout" }]);
      expect(pages[1].bodies("partner-left")).toMatchObject([{ reason: "timeout" }]);
      await pages[0].leave();
      await pages[2].find();
      await pages[3].find();
      await pages[2].ready();
      await scene.pass(9_999);
      expect(pages[2].bodies("requeued")).toEqual([]);
      await scene.pass(1);
      expect(pages[2].bodies("requeued")).toMatchObject([{ reason: "timeout" }]);
      // Who missed it goes on searching, and meets whoever may be met.
      expect(await pages[1].find()).toMatchObject({ state: { kind: "in-room" } });
    });
  });
}
