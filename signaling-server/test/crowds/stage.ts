import { createDeadlines } from "../../src/domain/collections/deadlines.ts";
import { apply, createLobbyState, type LobbyState } from "../../src/domain/lobby/apply.ts";
import type { Answer, Caller, Command, Notice, Outcome } from "../../src/domain/lobby/command.ts";
import { DEFAULT_LOBBY_SETTINGS, type LobbySettings } from "../../src/domain/lobby/settings.ts";
import { seededRandom } from "../store/distant-lobby-store.ts";

/** One way over the network, milliseconds. */
const LATENCY_MS = 40;

/** Who somebody seems to be; a new one can be had from the mint. */
export interface Guise {
  readonly userId: string;
  readonly device: string;
  readonly network: string | undefined;
}

/** A kernel in virtual time, with a network between it and those who talk to it. */
export interface Stage {
  readonly lobby: LobbyState;
  now(): number;
  /** Uniform in [from, to). */
  between(from: number, to: number): number;
  /** Calls back after a time; the callback is lost when the play is over before. */
  after(ms: number, act: () => void): void;
  /** A new person; the kernel sees the network and the device, and nothing else of the guise. */
  guise(network: string | undefined, device?: string): Guise;
  /** Opens a socket. Undefined where the kernel refuses it. */
  attach(
    guise: Guise,
    resume: Credentials | undefined,
    hear: (notice: Notice) => void,
  ): Credentials | undefined;
  send(command: Exclude<Command, { type: "attach" }>): Answer;
  /** Plays until `untilMs`. */
  play(untilMs: number): void;
}

export type Credentials = Caller & { readonly resumeSecret: string };

export function openStage(seed: number, overrides: Partial<LobbySettings> = {}): Stage {
  const random = seededRandom(seed);
  const lobby = createLobbyState(
    { ...DEFAULT_LOBBY_SETTINGS, matchSameDevice: false, ...overrides },
    "stage",
  );
  const agenda = createDeadlines<() => void>();
  const ears = new Map<string, (notice: Notice) => void>();
  let now = 1_000_000;
  const start = now;
  let made = 0;
  const next = () => {
    made += 1;
    return made;
  };

  const after = (ms: number, act: () => void) => {
    agenda.arm(now + ms, act);
  };
  const take = (command: Command): Outcome => {
    const outcome = apply(lobby, command, now);
    for (const notice of outcome.notices) after(LATENCY_MS, () => ears.get(notice.socketId)?.(notice));
    return outcome;
  };

  return {
    lobby,
    now: () => now - start,
    between: (from, to) => from + random() * (to - from),
    after,
    guise(network, device) {
      const n = next();
      const userId = `00000000-0000-4000-8000-${n.toString(16).padStart(12, "0")}`;
      return { userId, device: device ?? `device-${n}`, network };
    },
    attach({ userId, device, network }, resume, hear) {
      const socketId = `socket-${next()}`;
      ears.set(socketId, hear);
      const { answer } = take({
        type: "attach",
        userId,
        deviceGroup: device,
        deviceKey: device,
        networkKey: network,
        tabId: `tab of ${userId}`,
        connection: undefined,
        socketId,
        force: false,
        resume: resume && { ...resume, peerConnection: "alive" },
        ticket: undefined,
        newSessionId: `session-${next()}`,
        newResumeSecret: `secret-of-a-session-${next()}`,
      });
      return answer.ok && answer.type === "attached" ? answer : undefined;
    },
    send: (command) => take(command).answer,
    play(untilMs) {
      const end = start + untilMs;
      for (;;) {
        const due = lobby.deadlines.next() ?? Number.POSITIVE_INFINITY;
        const planned = agenda.next() ?? Number.POSITIVE_INFINITY;
        const at = Math.min(due, planned);
        if (at > end) break;
        now = Math.max(now, at);
        if (due <= planned) take({ type: "tick" });
        else agenda.takeDue(now)?.due();
      }
      now = end;
    },
  };
}
