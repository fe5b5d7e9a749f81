import type { UserId } from "@serendip/protocol";
import type { FloodKind, FloodVerdict } from "../domain/flood.ts";
import type { LimitKeys, LimitVerdict } from "../domain/limits/quota.ts";
import type { DoorClass, EventClass } from "../domain/limits/table.ts";
import type { DoorVerdict } from "../domain/network/door.ts";
import type { TurnGroupKind } from "./turn.ts";

/**
 * Counts what people send to their partners, each person in all rooms and over all sockets (SPEC R17). It answers at once, so that
 * signals keep their order; where several servers share the counts, each of them goes by what it knows.
 */
export interface FloodMeter {
  take(userId: UserId, kind: Exclude<FloodKind, "generations">): FloodVerdict;
  /** Counts what was refused for another reason than the number of its kind; whether that is enough. */
  refuse(userId: UserId): { readonly isFlood: boolean };
  /** Number of people of whom something is known. */
  size(): number;
}

/**
 * Counts what comes from each network before it is known who asks (SPEC N4). It answers at once, and bounds how many networks it
 * remembers.
 */
export interface DoorMeter {
  /** Takes points for a request, unless that is too much. */
  ask(network: string, points: number): DoorVerdict;
  /** Takes points for what has been done already. */
  charge(network: string, points: number): void;
  /** Number of networks of which something is known. */
  size(): number;
}

/**
 * Counts the TURN accounts that groups of people get for checks (SPEC K24). It answers at once; where several servers share the
 * counts, each of them goes by what it knows.
 */
export interface CheckMeter {
  /** Takes one; 0, or how long to wait for the next one, milliseconds. */
  take(kind: TurnGroupKind, group: string): number;
  /** Number of groups of which something is known. */
  size(): number;
}

/**
 * Counts what live sessions send, by person, device and network (SPEC B1–B4). It answers at once, so that requests keep their
 * order; where several servers share the counts, each of them goes by what it knows.
 */
export interface EventMeter {
  /** What is counted of one who asks, for as long as a connection lives. Whoever has a key in common has that count in common. */
  countsOf(keys: LimitKeys): EventCounts;
  /** What is left of a pause (`strike`) of the person or the device, milliseconds; 0: nothing. */
  pauseMs(keys: LimitKeys): number;
  /** Number of people, devices and networks of which something is known. */
  size(): number;
}

/** The counts of a person, a device and a network together. */
export interface EventCounts {
  /** Counts one event, everywhere or, where it is refused, nowhere. */
  take(eventClass: EventClass): LimitVerdict;
  /**
   * Counts a refusal, as the given part of one: somebody who was told to wait has not waited, or has not heard of it yet. The
   * pause after which the person and the device are heard again, milliseconds, once that is too much; else undefined.
   */
  strike(weight: number): number | undefined;
}

/**
 * Counts what is asked for before or around an identity (SPEC B5), where there is time to ask somebody else. It may reject where
 * the counts cannot be reached.
 */
export interface Limiter {
  /** Takes one point wherever there is a key and a limit. */
  take(doorClass: DoorClass, keys: LimitKeys): Promise<LimitVerdict>;
}
