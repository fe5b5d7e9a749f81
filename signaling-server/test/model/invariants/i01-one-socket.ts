import type { Holds, Invariant } from "../invariant.ts";

const expectedBye = { "taken-over": "session_resumed", "moved-tab": "superseded" } as const;

export const oneSocket: Invariant = {
  title: "[I1] [C10] at most one socket speaks for a person, and every other one got exactly one bye",
  watch(holds: Holds) {
    /** Open sockets and their sessions. */
    const open = new Map<string, string>();
    const users = new Map<string, string>();
    return {
      begin({ command, outcome }, witness) {
        for (const { event, socketId, sessionId, body } of outcome.notices) {
          const addressee = witness.sessions.get(sessionId);
          const joining = command.type === "attach" && command.socketId === socketId;
          holds(
            joining || addressee?.socketId === socketId,
            "a notice went to a socket that does not speak for its session",
            { event, socketId, body },
          );
        }
        const byes = outcome.notices.filter(({ event }) => event === "bye");
        const told = new Set(byes.map(({ socketId }) => socketId));
        holds(told.size === byes.length, "a socket got two byes", byes);
        for (const fact of outcome.facts) {
          if (fact.type === "session-closed" && (fact.cause === "stale" || fact.cause === "shut-out")) {
            const socketId = witness.sessions.get(fact.sessionId)?.socketId;
            const closing = command.type === "detach" && command.caller.sessionId === fact.sessionId;
            if (closing || (fact.cause === "shut-out" && socketId === undefined)) continue;
            holds(
              socketId !== undefined && told.delete(socketId),
              "a stale session, or one that was shut out, was closed without a bye",
              fact,
            );
          }
          if (fact.type !== "session-attached" || fact.how === "resumed") continue;
          const socketId = witness.sessions.get(fact.sessionId)?.socketId;
          if (socketId === undefined) continue;
          const bye = outcome.notices.find(
            (notice) => notice.socketId === socketId && notice.event === "bye",
          );
          const code = bye?.event === "bye" ? bye.body.code : undefined;
          holds(code === expectedBye[fact.how], "the socket before did not get its bye", {
            how: fact.how,
            code,
            socketId,
          });
          told.delete(socketId);
        }
        holds(told.size === 0, "somebody got a bye for no reason", [...told]);
        for (const { socketId } of byes) {
          holds(open.delete(socketId), "a socket that was closed before got a bye", socketId);
        }
      },
      end({ command, outcome }, witness) {
        if (command.type === "attach" && outcome.answer.ok) open.set(command.socketId, command.userId);
        for (const socketId of open.keys()) {
          const speaks = [...witness.sessions.values()].some((session) => session.socketId === socketId);
          if (!speaks) open.delete(socketId);
        }
        users.clear();
        for (const { userId, sessionId } of witness.sessions.values()) {
          holds(!users.has(userId), "a user has two sessions", { userId, sessionId });
          users.set(userId, sessionId);
        }
      },
      rest({ sessions }, witness) {
        for (const { sessionId, epoch } of sessions)
          holds(
            witness.sessions.get(sessionId)?.epoch === epoch,
            "the current epoch is not the one that was last told",
            { sessionId, epoch },
          );
      },
      restarted: () => open.clear(),
    };
  },
};
