import { openPeer, tell } from "../support/bare-peer.ts";
import { writeFigures } from "../support/figures.ts";
import { expect, test } from "../support/fixtures.ts";
import { type Flood, type HostileServer, hostileServer } from "../support/hostile-server.ts";
import { timePress, watchPresses } from "../support/presses.ts";
import { installProbe } from "../support/probe.ts";
import { asStranger, type Stranger } from "../support/stranger.ts";
import { until } from "../support/until.ts";

/** What may lie between a press and the picture that shows what came of it. */
const BOUND_MS = 100;
/** … or so many times what it takes without a flood, where other work leaves this machine too little time for that. */
const TIMES_QUIET = 3;
const PRESSES = 3;

const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN;

let hostile: HostileServer;
test.beforeEach(async () => {
  hostile = await hostileServer();
});
test.afterEach(() => hostile.stop());

/** Calls are begun and ended in the flood; how long the presses took. */
async function press(
  { page, status, start, button }: Stranger,
  name: "Next" | "Stop",
  perSecond = 0,
): Promise<number[]> {
  const tookMs: number[] = [];
  for (let time = 0; time < PRESSES; time += 1) {
    if (await button("Start Chatting").isVisible()) await start();
    await expect(status).toContainText("Partner found", { timeout: 20_000 });
    // The flood has done its work for a moment.
    const before = hostile.sent();
    await until(
      "a quarter of a second of the flood is sent",
      30_000,
      () => hostile.sent() - before >= perSecond / 4,
    );
    tookMs.push(await timePress(page, name, 30_000));
  }
  return tookMs;
}

for (const [kind, perSecond] of [
  ["rebuild", 4_800],
  ["restart", 3_400],
  ["offer", 1_000],
  ["candidate", 5_100],
] as const satisfies readonly (readonly [Flood, number])[])
  test(`[R18] Stop and Next are done within ${BOUND_MS} ms while a partner sends ${perSecond} a second (${kind}) that no server holds back: median of ${PRESSES} presses, or ${TIMES_QUIET} times what it takes without the flood where the machine is busy`, async ({
    profile,
    web,
  }) => {
    test.setTimeout(240_000);
    web.standBefore(hostile.url);
    const context = await profile();
    const page = await context.newPage();
    await page.addInitScript(installProbe);
    await watchPresses(page);
    await page.goto(web.origin);
    const ann = asStranger(page, context);
    const { sdps } = await tell(await openPeer(page, "no devices"), "offer");

    const quiet = [...(await press(ann, "Next")), ...(await press(ann, "Stop"))];
    hostile.flood(kind, perSecond, sdps[0]);
    const next = await press(ann, "Next", perSecond);
    const stop = await press(ann, "Stop", perSecond);
    const figures = {
      quiet: median(quiet),
      next: median(next),
      stop: median(stop),
      all: { quiet, next, stop },
    };
    writeFigures(`flood-${kind}`, figures);
    console.info(kind, JSON.stringify(figures));
    const boundMs = Math.max(BOUND_MS, TIMES_QUIET * figures.quiet);
    expect(figures.next).toBeLessThanOrEqual(boundMs);
    expect(figures.stop).toBeLessThanOrEqual(boundMs);
  });
