import { fullLog, type LogOutput, stalledLog } from "../server/log-outputs.ts";
import type { Lane } from "./lane.ts";
import { eventFlood } from "./lanes/event-flood.ts";
import { lateHellos, refusedHellos } from "./lanes/hellos.ts";
import { rebuildFlood, restartFlood } from "./lanes/partner-flood.ts";
import { pollingFinds, pollingJunk, refusals, silentOpens } from "./lanes/polling.ts";
import { rawForms } from "./lanes/raw-forms.ts";
import { namespaceRefusals, oneCharacterFrames, pipelinedMints, unreadPings } from "./lanes/unread.ts";

export interface Attack {
  /** `none`: nobody attacks. `burner`: a process that burns a core and leaves the server alone. */
  readonly lane: Lane | "none" | "burner";
  /** Lanes at the same time, all from one process and one address. */
  readonly lanes: number;
  /** Where the server's log goes; a file unless given. */
  readonly openLog?: (directory: string) => LogOutput;
}

/** By name, the two that the others are compared with first. */
export const ATTACKS = {
  idle: { lane: "none", lanes: 0 },
  "cpu-burner": { lane: "burner", lanes: 1 },
  "raw-forms": { lane: rawForms, lanes: 50 },
  "pipelined-mints": { lane: pipelinedMints, lanes: 1 },
  "pipelined-mints-20": { lane: pipelinedMints, lanes: 20 },
  "namespace-refusals": { lane: namespaceRefusals, lanes: 1 },
  "unread-pings": { lane: unreadPings, lanes: 1 },
  "one-character-frames": { lane: oneCharacterFrames, lanes: 1 },
  "polling-finds": { lane: pollingFinds, lanes: 4 },
  "polling-junk": { lane: pollingJunk, lanes: 4 },
  "silent-opens": { lane: silentOpens, lanes: 20 },
  "refused-hellos": { lane: refusedHellos, lanes: 20 },
  "late-hellos": { lane: lateHellos, lanes: 20 },
  "find-flood": { lane: eventFlood("find"), lanes: 1 },
  "leave-flood": { lane: eventFlood("leave"), lanes: 1 },
  "ready-flood": { lane: eventFlood("ready"), lanes: 1 },
  "give-up-flood": { lane: eventFlood("give-up"), lanes: 1 },
  "media-flood": { lane: eventFlood("media"), lanes: 1 },
  "signal-flood": { lane: eventFlood("signal"), lanes: 1 },
  "status-flood": { lane: eventFlood("status"), lanes: 1 },
  "ice-servers-flood": { lane: eventFlood("ice-servers"), lanes: 1 },
  "refresh-token-flood": { lane: eventFlood("refresh-token"), lanes: 1 },
  "call-report-flood": { lane: eventFlood("call-report"), lanes: 1 },
  "unloading-flood": { lane: eventFlood("unloading"), lanes: 1 },
  "partner-rebuild-flood": { lane: rebuildFlood, lanes: 1 },
  "partner-restart-flood": { lane: restartFlood, lanes: 1 },
  "stalled-log": { lane: refusals, lanes: 20, openLog: stalledLog },
  "full-log": { lane: refusals, lanes: 20, openLog: fullLog },
} as const satisfies Record<string, Attack>;

export type AttackName = keyof typeof ATTACKS;
export const isAttack = (name: string): name is AttackName => Object.hasOwn(ATTACKS, name);
