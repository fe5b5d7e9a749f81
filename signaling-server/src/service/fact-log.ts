import type { SessionId } from "@serendip/protocol";
import type { Fact } from "../domain/lobby/command.ts";
import type { Log, LogFields } from "../ports.ts";

/** The phrase of a fact's log line. The README lists phrases, so that operators can search for them. */
function phraseOf(fact: Fact): string {
  switch (fact.type) {
    case "session-opened":
      return "Session opened";
    case "session-attached":
      return fact.how === "moved-tab" ? "Session moved to another tab" : "User reconnected successfully";
    case "session-closed":
      return "Session closed";
    case "grace-started":
      return "Giving user grace period";
    case "grace-moved":
      return "Grace period changed";
    case "queued":
      return "User waits for a partner";
    case "unqueued":
      return "User left the queue";
    case "room-opened":
      return "User matched with partner in room";
    case "room-reviving":
      return "Room is being revived from a ticket";
    case "member-away":
      return "Partner away";
    case "member-back":
      return "Partner back";
    case "generation-raised":
      return "Room starts a new negotiation";
    case "room-ended":
      return "Room ended";
  }
}

/** Of members only the session id is logged; all else in a fact is ids and figures. */
function fieldsOf(fact: Fact): LogFields {
  const { type: _, ...fields } = fact;
  if ("members" in fields) return { ...fields, members: fields.members.map((member) => member.sessionId) };
  if ("member" in fields) return { ...fields, member: fields.member.sessionId };
  return fields;
}

/** The sessions that an outcome has put into a room; undefined: none, as after most. */
function matchedIn(facts: readonly Fact[]): ReadonlySet<SessionId> | undefined {
  let matched: Set<SessionId> | undefined;
  for (const fact of facts) {
    if (fact.type !== "room-opened") continue;
    matched ??= new Set();
    for (const { sessionId } of fact.members) matched.add(sessionId);
  }
  return matched;
}

/** One line per change of a session or room. Of a match there is one, which says of both that they no longer wait. */
export function logFacts(log: Log, facts: readonly Fact[]): void {
  const matched = matchedIn(facts);
  for (const fact of facts) {
    const isOfQueue = fact.type === "queued" || fact.type === "unqueued";
    if (!isOfQueue || !matched?.has(fact.sessionId)) logFact(log, fact);
  }
}

function logFact(log: Log, fact: Fact): void {
  const fields = fieldsOf(fact);
  if (fact.type === "session-attached" && fact.how !== "resumed")
    log.info("Closing existing connection", fields);
  log.info(phraseOf(fact), fields);
}
