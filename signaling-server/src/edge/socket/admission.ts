import { type ErrorBody, errorBody } from "@serendip/protocol";
import type { Identity } from "../../ports/identity.ts";
import type { Log } from "../../ports.ts";
import type { Connection } from "../engine/engine.ts";

export interface Capacity {
  /** Pages that may be connected. A tenth more is kept for those who were here. */
  readonly connections: number;
  /** People of one device group who may be connected. */
  readonly sessionsPerDevice: number;
}

/** A page whose hello has been read and whose token is good. */
export interface Applicant {
  readonly identity: Pick<Identity, "userId" | "deviceGroup">;
  /** Whether the person has a session here, or a room's ticket. */
  readonly wasHere: boolean;
}

/** Counts the pages that are let in, each until its connection closes. */
export interface Admission {
  /** Whether no newcomer gets in (SPEC N6). */
  isFull(): boolean;
  /** What a newcomer is told of it; undefined while there is room. */
  refuseNewcomer(): ErrorBody | undefined;
  /** Lets the page in, or says why not (SPEC N6, N8). */
  admit(connection: Connection, applicant: Applicant): ErrorBody | undefined;
  /** Device groups that are counted. */
  devices(): number;
}

/** Those who find no place come again over this time, and not all at once. */
const COME_BACK = { soonestMs: 10_000, latestMs: 30_000 } as const;
const RESERVE = 0.1;
/** That it is full is over below this part, so that who comes and goes at the edge of it fills no log. */
const ROOM_AGAIN = 0.95;

export function createAdmission({
  capacity,
  random,
  log,
}: {
  readonly capacity: Capacity;
  /** Uniform in [0, 1). */
  readonly random: () => number;
  readonly log: Log;
}): Admission {
  const inside = new Set<Connection>();
  /** The people of each device group, with the number of their connections: a person may have two for a moment. */
  const devices = new Map<string, Map<string, number>>();
  const withReserve = Math.ceil(capacity.connections * (1 + RESERVE));

  const pauseMs = () =>
    Math.round(COME_BACK.soonestMs + (COME_BACK.latestMs - COME_BACK.soonestMs) * random());
  const full = () => errorBody("server_full", undefined, pauseMs());
  const isFull = () => inside.size >= capacity.connections;

  let saidFull = false;
  /** Tells the operator when the server gets full, and when that is over. */
  const say = (): void => {
    if (isFull() && !saidFull) {
      saidFull = true;
      log.warn(`The server is full: ${inside.size} connected (MAX_CONNECTIONS)`);
    } else if (saidFull && inside.size <= capacity.connections * ROOM_AGAIN) {
      saidFull = false;
      log.warn(`The server is no longer full: ${inside.size} connected`);
    }
  };

  const enter = ({ userId, deviceGroup }: Applicant["identity"]): void => {
    if (deviceGroup === undefined) return;
    const people = devices.get(deviceGroup) ?? new Map<string, number>();
    devices.set(deviceGroup, people.set(userId, (people.get(userId) ?? 0) + 1));
  };
  const leave = ({ userId, deviceGroup }: Applicant["identity"]): void => {
    const people = deviceGroup === undefined ? undefined : devices.get(deviceGroup);
    if (deviceGroup === undefined || !people) return;
    const left = (people.get(userId) ?? 0) - 1;
    if (left > 0) people.set(userId, left);
    else people.delete(userId);
    if (people.size === 0) devices.delete(deviceGroup);
  };

  const isOneTooMany = ({ userId, deviceGroup }: Applicant["identity"]): boolean => {
    const people = deviceGroup === undefined ? undefined : devices.get(deviceGroup);
    return people !== undefined && !people.has(userId) && people.size >= capacity.sessionsPerDevice;
  };

  return {
    isFull,
    refuseNewcomer: () => (isFull() ? full() : undefined),

    admit(connection, { identity, wasHere }) {
      if (inside.size >= (wasHere ? withReserve : capacity.connections)) return full();
      if (isOneTooMany(identity))
        return errorBody("rate_limited", "Too many people of one device are here.", pauseMs());
      // What has closed already tells nobody any more.
      if (connection.readyState !== "open" || inside.has(connection)) return undefined;
      inside.add(connection);
      enter(identity);
      say();
      connection.once("close", () => {
        inside.delete(connection);
        leave(identity);
        say();
      });
      return undefined;
    },

    devices: () => devices.size,
  };
}
