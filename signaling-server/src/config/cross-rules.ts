import { type ConfigFault, faultOf } from "./fault.ts";
import { gatekeeperFaults } from "./gatekeeper.ts";
import { metricsFaults } from "./metrics-settings.ts";
import { weaknessOf } from "./readers.ts";
import { SETTINGS, type SettingName, type SettingValues } from "./settings.ts";
import { tlsFaults } from "./tls-settings.ts";
import { turnFaults } from "./turn.ts";

const LONGEST_SILENCE_MS = 30_000;
const SECRETS = ["SESSION_SECRET", "SESSION_SECRET_PREVIOUS", "ADMIN_TOKEN"] as const;
/** Each is known to others: the operators' tools, the TURN servers, every page, the challenge service. */
const ALL_SECRETS = [...SECRETS, "TURN_SECRET", "TURN_CREDENTIAL", "CHALLENGE_SECRET"] as const;

type Values = Partial<SettingValues>;
type GraceName = Extract<SettingName, `GRACE_${string}`>;

const isGrace = (name: string): name is GraceName => name.startsWith("GRACE_");
const isAbove = (left: number | undefined, right: number | undefined): boolean =>
  left !== undefined && right !== undefined && left > right;

/**
 * Faults of settings that do not fit together. `unread`: whether a variable has a fault of its own, so that it only seems to
 * be missing.
 */
export function* crossFaults(values: Values, unread: (name: SettingName) => boolean): Generator<ConfigFault> {
  if (values.NODE_ENV === "production") yield* productionFaults(values, unread);
  yield* tlsFaults(values, unread);
  yield* metricsFaults(values);
  yield* turnFaults(values, unread);
  yield* gatekeeperFaults(values, unread);
  yield* secretFaults(values, unread);
  yield* timeFaults(values);
}

function* productionFaults(values: Values, unread: (name: SettingName) => boolean): Generator<ConfigFault> {
  if (values.ALLOWED_ORIGINS === undefined && !unread("ALLOWED_ORIGINS"))
    yield faultOf(
      "ALLOWED_ORIGINS",
      "is missing; in production it must name the origins of the web client, like https://chat.example.org.",
    );
  if (values.SESSION_SECRET === undefined && !unread("SESSION_SECRET"))
    yield faultOf(
      "SESSION_SECRET",
      "is missing; production needs one. Make it with: openssl rand -base64 48.",
    );
  for (const name of SECRETS) {
    const value = values[name];
    const weakness = value === undefined ? undefined : weaknessOf(value);
    if (weakness !== undefined) yield faultOf(name, `${weakness}.`);
  }
}

function* secretFaults(values: Values, unread: (name: SettingName) => boolean): Generator<ConfigFault> {
  const { SESSION_SECRET: secret, SESSION_SECRET_PREVIOUS: previous } = values;
  for (const [index, name] of ALL_SECRETS.entries())
    for (const earlier of ALL_SECRETS.slice(0, index))
      if (values[name] !== undefined && values[name] === values[earlier])
        yield faultOf(name, `must differ from ${earlier}; ${whyDifferent(name)}.`);
  if (previous !== undefined && secret === undefined && !unread("SESSION_SECRET"))
    yield faultOf("SESSION_SECRET_PREVIOUS", "is set without SESSION_SECRET; set both or neither.");
}

const whyDifferent = (name: (typeof ALL_SECRETS)[number]): string =>
  name === "SESSION_SECRET_PREVIOUS"
    ? "leave it out when nothing was changed"
    : "who knows the one must not know the other as well";

function* timeFaults(values: Values): Generator<ConfigFault> {
  const silence = (values.PING_INTERVAL_MS ?? 0) + (values.PING_TIMEOUT_MS ?? 0);
  if (silence > LONGEST_SILENCE_MS)
    yield faultOf(
      "PING_INTERVAL_MS",
      `and PING_TIMEOUT_MS together must be at most ${LONGEST_SILENCE_MS}; they are ${silence}.`,
    );
  if (isAbove(silence * 2, values.STALE_AFTER_MS))
    yield faultOf(
      "STALE_AFTER_MS",
      `must be at least twice PING_INTERVAL_MS + PING_TIMEOUT_MS (${silence * 2}), or live connections would be removed.`,
    );
  if (isAbove(values.TICKET_RENEW_MS, (values.TICKET_TTL_MS ?? Number.POSITIVE_INFINITY) / 2))
    yield faultOf(
      "TICKET_RENEW_MS",
      "must be at most half of TICKET_TTL_MS, or tickets would be over before they are renewed.",
    );
  if (isAbove(values.REMATCH_LIFT_TWO_MS, values.REMATCH_LIFT_MS))
    yield faultOf(
      "REMATCH_LIFT_TWO_MS",
      "must be at most REMATCH_LIFT_MS, or the only two would wait longer than two of many.",
    );
  for (const name of Object.keys(SETTINGS).filter(isGrace))
    if (isAbove(values[name], values.TICKET_TTL_MS))
      yield faultOf(name, "must be at most TICKET_TTL_MS, or a place would outlive its ticket.");
}
