import { Hello, PROTOCOL_VERSION, RequestId, RoomId, TabId } from "@serendip/protocol";
import { MEDIA_KINDS } from "../media/media-parts.ts";
import type { ActiveCall } from "./return.machine.ts";
import type { Remembered } from "./tab-storage.port.ts";

/** What a tab's storage holds. */
export interface TabRecord {
  readonly tabId: string;
  readonly remembered: Remembered;
}

/** No tab begins more. */
const MOST_CONNECTIONS = 1_000_000_000;

/**
 * Reads a stored record; anybody can write to storage, an older version of the page included. Undefined without a usable
 * tab id; each part of the remembered that is not what it should be is left out, with what depends on it.
 */
export function readStoredTab(text: string | null): TabRecord | undefined {
  const stored = parse(text);
  const tabId = TabId.safeParse(stored?.["tabId"]);
  if (!tabId.success) return undefined;
  const remembered = asRecord(stored?.["remembered"]) ?? {};
  return { tabId: tabId.data, remembered: readRemembered(remembered) };
}

function readRemembered(stored: Readonly<Record<string, unknown>>): Remembered {
  const session = asRecord(stored["session"]);
  // All of this goes into the next hello: what the server would refuse there is worth nothing.
  const hello = Hello.safeParse({
    protocol: PROTOCOL_VERSION,
    tabId: "any",
    token: stored["token"],
    ticket: stored["ticket"],
    connection: stored["connection"],
    ...(session ? { resume: { ...session, peerConnection: "lost" } } : {}),
  });
  const whatever = {
    ...readActive(stored["active"], stored["activeAt"]),
    ...(stored["relayOnly"] === true ? { relayOnly: true } : {}),
    ...readPolling(stored["polling"]),
  };
  if (!hello.success) return whatever;
  const { token, ticket, connection, resume } = hello.data;
  return {
    ...(token === undefined ? {} : { token }),
    ...(resume === undefined
      ? {}
      : { session: { sessionId: resume.sessionId, resumeSecret: resume.resumeSecret, epoch: resume.epoch } }),
    ...(ticket === undefined ? {} : { ticket, ...readInstant("ticketAt", stored["ticketAt"]) }),
    // One that is too low is put right by the service (SPEC S10); after one that is too high there would soon be none.
    ...(connection === undefined || connection > MOST_CONNECTIONS ? {} : { connection }),
    ...whatever,
  };
}

function readPolling(stored: unknown): Pick<Remembered, "polling"> {
  const { webSocketAt, silences } = asRecord(stored) ?? {};
  const isUsable = typeof webSocketAt === "number" && webSocketAt > 0 && Number.isSafeInteger(silences);
  return isUsable ? { polling: { webSocketAt, silences: Number(silences) } } : {};
}

function readActive(stored: unknown, at: unknown): Pick<Remembered, "active" | "activeAt"> {
  const active = asRecord(stored);
  const requestId = RequestId.safeParse(active?.["requestId"]);
  if (!active || !requestId.success) return {};
  const roomId = RoomId.safeParse(active["roomId"]);
  const hiddenRoom = RoomId.safeParse(active["hiddenRoom"]);
  const { camera, microphone, relayOnly } = active;
  if (typeof camera !== "boolean" || typeof microphone !== "boolean") return {};
  return {
    active: {
      requestId: requestId.data,
      ...(roomId.success ? { roomId: roomId.data } : {}),
      camera,
      microphone,
      ...readWithout(active["without"]),
      ...(typeof relayOnly === "boolean" && { relayOnly }),
      ...(hiddenRoom.success && { hiddenRoom: hiddenRoom.data }),
    },
    ...readInstant("activeAt", at),
  };
}

function readInstant<Key extends string>(key: Key, at: unknown): { readonly [Name in Key]?: number } {
  return typeof at === "number" && Number.isFinite(at) ? ({ [key]: at } as { [Name in Key]: number }) : {};
}

function readWithout(stored: unknown): Pick<ActiveCall, "without"> {
  if (!Array.isArray(stored)) return {};
  const without = MEDIA_KINDS.filter((kind) => stored.includes(kind));
  return without.length > 0 ? { without } : {};
}

function parse(text: string | null): Readonly<Record<string, unknown>> | undefined {
  try {
    return asRecord(JSON.parse(text ?? "null"));
  } catch {
    return undefined;
  }
}

const asRecord = (value: unknown): Readonly<Record<string, unknown>> | undefined =>
  typeof value === "object" && value !== null ? (value as Record<string, unknown>) : undefined;
