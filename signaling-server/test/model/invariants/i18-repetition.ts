import { isDeepStrictEqual } from "node:util";
import type { SessionId } from "@serendip/protocol";
import type { Answer } from "../../../src/domain/lobby/command.ts";
import type { Holds, Invariant } from "../invariant.ts";

interface Answered {
  readonly key: string;
  readonly answer: Answer;
  readonly at: number;
}

export const repetition: Invariant = {
  title:
    "[I18] a repeated request gets the first answer and has no second effect, as long as answers are kept",
  watch(holds: Holds) {
    /** Of each session, newest last. */
    const answered = new Map<SessionId, readonly Answered[]>();
    return {
      begin({ command, outcome, at }, witness) {
        if (!("requestId" in command) || !witness.speaks(command.caller)) return;
        // Who waits as told, and asks again, is not repeating (SPEC R17).
        if (!outcome.answer.ok && outcome.answer.code === "rate_limited") return;
        const { sessionId } = command.caller;
        const { requestMemoryMs, requestMemoryCount } = witness.settings;
        const key = `${command.type} ${command.requestId}`;
        const kept = (answered.get(sessionId) ?? [])
          .filter((each) => at - each.at < requestMemoryMs)
          .slice(-requestMemoryCount);
        const before = kept.find((each) => each.key === key);
        if (!before) {
          answered.set(sessionId, [...kept, { key, answer: outcome.answer, at }]);
          return;
        }
        const details = { command, outcome };
        holds(isDeepStrictEqual(outcome.answer, before.answer), "a repetition got another answer", details);
        const effects = outcome.facts.length + outcome.notices.length;
        holds(effects === 0, "a repetition had a second effect", details);
      },
      restarted: () => answered.clear(),
    };
  },
};
