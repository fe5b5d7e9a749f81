import { isDeepStrictEqual } from "node:util";
import type { Answer } from "../../../src/domain/lobby/command.ts";
import { holds, type Invariant } from "../invariant.ts";

/** I18: n identical requests have one effect and one answer. */
export function repetition(): Invariant {
  const answered = new Map<string, { readonly answer: Answer; readonly at: number }[]>();
  return {
    begin({ command, outcome, at }, witness) {
      if (!("requestId" in command) || !witness.speaks(command.caller)) return;
      const { sessionId } = command.caller;
      const { requestMemoryMs, requestMemoryCount } = witness.settings;
      const key = `${sessionId} ${command.type} ${command.requestId}`;
      const [before] = answered.get(key) ?? [];
      const sameSession = [...answered].filter(([each]) => each.startsWith(`${sessionId} `));
      const newer = before ? sameSession.filter(([, [each]]) => each && each.at > before.at).length : 0;
      if (before && at - before.at < requestMemoryMs && newer < requestMemoryCount) {
        holds(isDeepStrictEqual(outcome.answer, before.answer), "I18: a repetition got another answer", {
          command,
          outcome,
        });
        holds(outcome.facts.length + outcome.notices.length === 0, "I18: a repetition had a second effect", {
          command,
          outcome,
        });
        return;
      }
      answered.set(key, [{ answer: outcome.answer, at }]);
    },
    restarted: () => answered.clear(),
  };
}
