import { CANDIDATES_PER_DESCRIPTION } from "../people/payloads.ts";
import { readStamp } from "../wire/stamp.ts";
import { type CpuUse, openCpuWindow } from "./cpu-window.ts";
import type { Couple } from "./matches.ts";
import { createPacer } from "./pacer.ts";

/** Messages of one side before it is the other's turn. */
const ROUND = 1 + CANDIDATES_PER_DESCRIPTION;
const DRAIN_MS = 5_000;

export interface RelayPlan {
  readonly perSecond: number;
  readonly warmUpMs: number;
  readonly measureMs: number;
}

export interface RelayRun {
  /** Of each message that came, from when it was due until it was read, milliseconds. */
  readonly tookMs: Float64Array;
  /** How late each was sent, milliseconds. */
  readonly lateMs: Float64Array;
  readonly sent: number;
  readonly lost: number;
  /** Messages that nobody waited for. */
  readonly strays: number;
  readonly busy: number;
  readonly cpu: CpuUse;
}

/** Couples who send each other what browsers send: a description and ten candidates, and then the other side. */
export interface RelayLoad {
  run(plan: RelayPlan): Promise<RelayRun>;
}

export function createRelayLoad(couples: readonly Couple[], serverPid: number): RelayLoad {
  /** Messages of earlier runs, whose stamps are not used again. */
  let before = 0;
  return {
    async run({ perSecond, warmUpMs, measureMs }) {
      const pacer = createPacer();
      const warmUp = Math.round((perSecond * warmUpMs) / 1_000);
      const count = warmUp + Math.round((perSecond * measureMs) / 1_000);
      const dueAt = new Float64Array(count);
      const tookMs = new Float64Array(count).fill(Number.NaN);
      const receiver = new Array<unknown>(count);
      const first = before;
      before += count;
      let received = 0;
      let strays = 0;
      for (const member of couples.flat())
        member.onSignal = (packet) => {
          const at = performance.now();
          pacer.touch();
          const n = readStamp(packet) - first;
          if (receiver[n] !== member || !Number.isNaN(tookMs[n])) {
            strays += 1;
            return;
          }
          tookMs[n] = at - (dueAt[n] ?? 0);
          received += 1;
        };

      let closeWindow = (): CpuUse => {
        throw new Error("There was nothing to measure.");
      };
      let busyOf = (): number => Number.NaN;
      const lateMs = await pacer.run({
        perSecond,
        count,
        fire(n, due) {
          if (n === warmUp) {
            closeWindow = openCpuWindow(serverPid);
            busyOf = pacer.watchBusy();
          }
          const room = n % couples.length;
          const couple = couples[room];
          if (!couple) return;
          // Rooms are out of step by one message each, so that descriptions do not come all at once.
          const turn = Math.floor(n / couples.length) + room;
          const isForward = Math.floor(turn / ROUND) % 2 === 0;
          const [sender, partner] = isForward ? couple : [couple[1], couple[0]];
          dueAt[n] = due;
          receiver[n] = partner;
          sender.person.signal(turn % ROUND === 0 ? "description" : "candidate", first + n);
        },
      });
      await pacer.until(() => received === count, DRAIN_MS);
      const cpu = closeWindow();
      const busy = busyOf();
      const measured = tookMs.subarray(warmUp).filter((ms) => !Number.isNaN(ms));
      const sent = count - warmUp;
      return {
        tookMs: measured,
        lateMs: lateMs.subarray(warmUp),
        sent,
        lost: sent - measured.length,
        strays,
        busy,
        cpu,
      };
    },
  };
}
