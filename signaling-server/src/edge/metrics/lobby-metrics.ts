import { counter, counterBy, gauge, gaugeBy, type Metric, seconds } from "./metric.ts";

/** Sessions, queue and rooms. */
export const LOBBY_METRICS: readonly Metric[] = [
  gaugeBy(["sessions", "Sessions by whether their page is connected or in its grace."], {
    label: "state",
    of: ({ stats }) =>
      stats && [
        ["connected", stats.online],
        ["away", stats.graces],
      ],
  }),
  counter(["sessions_opened_total", "Sessions that began."], ({ lobby }) => lobby.sessionsOpened()),
  counterBy(["sessions_closed_total", "Sessions that ended; stale are those that the sweep removed."], {
    label: "cause",
    of: ({ lobby }) => lobby.sessionsClosed.entries(),
  }),
  counterBy(
    ["session_resumes_total", "Pages that came back with a session or ticket, by what became of it."],
    { label: "result", of: ({ lobby }) => lobby.resumes.entries() },
  ),
  counterBy(["session_takeovers_total", "Sessions that moved from a connection that was still open."], {
    label: "kind",
    of: ({ lobby }) => lobby.takeovers.entries(),
  }),
  gauge(["queue_users", "People who wait for a partner."], ({ stats }) => stats?.waiting),
  counter(
    ["searches_total", "Searches that were accepted: Start and Next; a repetition counts again."],
    ({ lobby }) => lobby.searches(),
  ),
  seconds(["queue_wait_seconds", "Time in the queue of each side of a match."], ({ lobby }) =>
    lobby.queueWaitMs.read(),
  ),
  counterBy(
    ["matches_total", "Matches, by whether the two are known to come from two networks (apart) or not."],
    { label: "origins", of: ({ lobby }) => lobby.matches.entries() },
  ),
  gauge(["rooms", "Rooms at this moment."], ({ stats }) => stats?.rooms),
  counter(
    ["rooms_revived_total", "Rooms that both came back to after a restart of the server."],
    ({ lobby }) => lobby.roomsRevived(),
  ),
  counterBy(["rooms_ended_total", "Rooms that ended; timeout: one of the two did not say ready in time."], {
    label: "reason",
    of: ({ lobby }) => lobby.roomsEnded.entries(),
  }),
  seconds(["room_duration_seconds", "Life of rooms that have ended."], ({ lobby }) => lobby.roomMs.read()),
  counter(["negotiations_renewed_total", "New negotiations in a room that is there already."], ({ lobby }) =>
    lobby.generationsRaised(),
  ),
  counterBy(["grace_started_total", "Connections that were lost and left a grace, by how."], {
    label: "cause",
    of: ({ lobby }) => lobby.gracesStarted.entries(),
  }),
  counterBy(["grace_outcome_total", "Graces that are over, by what ended them."], {
    label: "outcome",
    of: ({ lobby }) => lobby.graceOutcomes.entries(),
  }),
  seconds(["grace_seconds", "Time from a lost connection to the end of its grace."], ({ lobby }) =>
    lobby.graceMs.read(),
  ),
  gaugeBy(["standing_sessions", "Sessions by their standing."], {
    label: "standing",
    of: ({ standing }) => standing && Object.entries(standing),
  }),
  gauge(
    ["standing_records", "Devices and networks of whose conduct something is remembered."],
    ({ stats }) => stats?.standings,
  ),
  gaugeBy(["invariant_violations", "How far the store and the services around it disagree; always 0."], {
    label: "id",
    of: ({ stats, known }) =>
      stats && [
        ["I1", Math.abs(stats.online - known.seats)],
        ["I5", Math.abs(stats.rooms - known.rooms)],
      ],
  }),
];
