import { mkdirSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { expect, test } from "../support/natlab/fixtures.ts";
import type { NatLab } from "../support/natlab/lab.ts";
import {
  ALL_PAIRS,
  type Cell,
  figuresOf,
  isPossibleDirectly,
  type Mode,
  tableOf,
} from "../support/natlab/matrix.ts";
import { meetOnce } from "../support/natlab/meeting.ts";
import { namespaceFault } from "../support/natlab/namespaces.ts";
import type { NatType } from "../support/natlab/nat-types.ts";
import { PATHS } from "../support/paths.ts";

/** Every pair of routers, with and without TURN, in `npm run natlab`; four pairs otherwise. */
const ALL = process.env["NATLAB"] === "all";
/** Half of the calls show a picture within this. */
const QUICK_MS = 1_000;
/** How long a picture is waited for where there has to be one, and where there cannot be any. */
const PATIENCE_MS = { possible: 20_000, impossible: 9_000 } as const;

const fault = namespaceFault();
test.skip(fault !== undefined, fault ?? "");

/** Runs `meetings` while a server of that mode stands behind the page, and coturn beside it. */
async function serving(lab: NatLab, mode: Mode, meetings: () => Promise<void>): Promise<void> {
  const { stun, turn } = lab.coturn.settings;
  const signaling = await lab.signaling(mode === "stun" ? stun : { ...stun, ...turn });
  await lab.coturn.start();
  await signaling.start();
  try {
    await meetings();
  } finally {
    await signaling.kill();
    await lab.coturn.stop();
  }
}

const canMeet = (mode: Mode, pair: readonly [NatType, NatType]) =>
  mode === "turn" || isPossibleDirectly(pair);

function setRouters(lab: NatLab, [one, other]: readonly [NatType, NatType]): void {
  lab.become("a", one);
  lab.become("b", other);
}

const SHORT: readonly { pair: readonly [NatType, NatType]; mode: Mode; how: string; route: RegExp }[] = [
  { pair: ["port", "port"], mode: "stun", how: "directly, by STUN", route: /^(srflx|prflx)\/(srflx|prflx)$/ },
  { pair: ["sym", "sym"], mode: "turn", how: "through the relay", route: /relay/ },
  { pair: ["udpblock", "open"], mode: "turn", how: "by TURN over TCP", route: /^relay:(tcp|tls)\// },
  { pair: ["web", "web"], mode: "turn", how: "by TURN over TLS", route: /^relay:tls\/relay$/ },
];

if (!ALL)
  for (const { pair, mode, how, route } of SHORT)
    test(`routers ${pair.join(" and ")}: two people see each other, ${how}`, async ({ lab, homes }) => {
      setRouters(lab, pair);
      await serving(lab, mode, async () => {
        const meeting = await meetOnce(homes, { origin: lab.origin, patienceMs: PATIENCE_MS.possible });
        console.log(`${pair.join("–")} (${mode}): ${JSON.stringify(meeting)}`);
        expect(meeting.connected).toBe(true);
        expect(meeting.route).toMatch(route);
      });
    });

if (ALL)
  test("[C60] the matrix of all routers: with TURN everybody meets, without it all that can", async ({
    lab,
    homes,
  }) => {
    test.setTimeout(30 * 60_000);
    const cells: Cell[] = [];
    for (const mode of ["stun", "turn"] as const)
      await serving(lab, mode, async () => {
        for (const pair of ALL_PAIRS) {
          setRouters(lab, pair);
          const patienceMs = PATIENCE_MS[canMeet(mode, pair) ? "possible" : "impossible"];
          const cell = { mode, pair, ...(await meetOnce(homes, { origin: lab.origin, patienceMs })) };
          cells.push(cell);
          console.log(`${mode} ${pair.join("–")}: ${cell.firstFrameMs ?? "-"} ms ${cell.route ?? ""}`);
        }
      });
    const of = (mode: Mode) => cells.filter((cell) => cell.mode === mode);
    const result = { stun: figuresOf(of("stun")), turn: figuresOf(of("turn")), cells };
    mkdirSync(dirname(PATHS.natlab), { recursive: true });
    writeFileSync(PATHS.natlab, JSON.stringify(result, undefined, 2));
    console.log(`\nSTUN only\n${tableOf(of("stun"))}\n\nWith TURN\n${tableOf(of("turn"))}\n`);

    const wrong = cells.filter(({ mode, pair, connected }) => connected !== canMeet(mode, pair));
    expect(wrong).toEqual([]);
    expect(result.turn.successPercent).toBe(100);
    for (const mode of ["stun", "turn"] as const)
      expect(result[mode].medianFirstFrameMs).toBeLessThanOrEqual(QUICK_MS);
  });
