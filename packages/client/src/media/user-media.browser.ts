import type { ChatError, MediaKind } from "../words/chat-error.ts";
import type { CameraFacing, DeviceChoice } from "../words/chat-snapshot.ts";
import { captureUnavailable, type MediaFacts, mediaError, nameOf } from "./media-error.browser.ts";
import { MEDIA_KINDS } from "./media-parts.ts";
import type { Capture, MediaSource, MediaWish } from "./media-source.port.ts";

/** The parts of a window that capturing needs. */
export interface MediaPage {
  readonly isSecureContext: boolean;
  readonly navigator: {
    /** Absent in insecure contexts and old browsers. */
    readonly mediaDevices?: MediaDevices;
    readonly permissions?: Permissions;
  };
  readonly document: Document;
}

/**
 * 640×480 at up to 30 frames: every camera has it, a phone or an old laptop encodes it without effort, it needs about
 * 1 Mbit/s, and the first picture comes soonest. A stranger's face does not gain from more. All are wishes, not
 * demands, so that no camera is refused for its format.
 */
const PICTURE = {
  width: { ideal: 640 },
  height: { ideal: 480 },
  frameRate: { ideal: 30, max: 30 },
} as const satisfies MediaTrackConstraints;

/** Two people with loudspeakers: without echo cancellation each hears themselves. */
const SOUND = {
  echoCancellation: true,
  noiseSuppression: true,
  autoGainControl: true,
} as const satisfies MediaTrackConstraints;

/** The camera and microphone of this browser. */
export function userMedia(page: MediaPage = globalThis.window): MediaSource {
  return {
    async capture(wish, signal) {
      const kinds = MEDIA_KINDS.filter((kind) => wish[kind]);
      const devices = page.navigator.mediaDevices;
      if (!devices?.getUserMedia) {
        const failed = kinds.map((kind) => [kind, captureUnavailable(page.isSecureContext, kind)]);
        return { stream: undefined, problems: Object.fromEntries(failed) };
      }
      const attempt = captureKinds({ page, devices, wish, kinds, signal });
      const aborted = new Promise<Capture>((resolve) => {
        const give = () => resolve({ stream: undefined, problems: {} });
        if (signal.aborted) give();
        else signal.addEventListener("abort", give, { once: true });
      });
      // A prompt can stay open for as long as the person likes: whoever gave up does not wait for it.
      return Promise.race([aborted, attempt]);
    },

    permission: (kind) => permissionOf(page, kind),

    async devices() {
      const all = (await list(page)) ?? [];
      const choices = (kind: MediaDeviceKind): DeviceChoice[] =>
        // Before permission devices are listed without an id: there is nothing to choose yet.
        all.filter((device) => device.kind === kind && device.deviceId !== "").map(choiceOf);
      return { camera: choices("videoinput"), microphone: choices("audioinput") };
    },

    onDevicesChanged(run) {
      const calls = new AbortController();
      page.navigator.mediaDevices?.addEventListener?.("devicechange", () => run(), { signal: calls.signal });
      return () => calls.abort();
    },

    onPermissionChanged(run) {
      const calls = new AbortController();
      const follow = async (kind: MediaKind) => {
        const status = await queryPermission(page, kind);
        status?.addEventListener("change", () => run(kind), { signal: calls.signal });
      };
      for (const kind of MEDIA_KINDS) void follow(kind);
      return () => calls.abort();
    },

    onVisible(run) {
      const calls = new AbortController();
      const { document } = page;
      const tell = () => run(document.visibilityState === "visible");
      document.addEventListener("visibilitychange", tell, { signal: calls.signal });
      tell();
      return () => calls.abort();
    },
  };
}

interface Attempt {
  readonly page: MediaPage;
  readonly devices: MediaDevices;
  readonly wish: MediaWish;
  readonly kinds: readonly MediaKind[];
  readonly signal: AbortSignal;
}

/** Together first, because that is one prompt instead of two. */
async function captureKinds(attempt: Attempt): Promise<Capture> {
  const { page, kinds, signal } = attempt;
  if (kinds.length === 0 || signal.aborted) return { stream: undefined, problems: {} };
  const together = await acquire(attempt);
  if (together.ok) return { stream: together.stream, problems: {} };

  const facts = await Promise.all(kinds.map((kind) => factsOf(page, kind)));
  const problems: Partial<Record<MediaKind, ChatError>> = {};
  for (const fact of facts) problems[fact.kind] = mediaError(together.error, fact);
  if (kinds.length === 1 || wasDismissed(facts, problems)) return { stream: undefined, problems };

  const tracks: MediaStreamTrack[] = [];
  for (const fact of facts) {
    const alone = await acquire({ ...attempt, kinds: [fact.kind] });
    if (alone.ok) {
      tracks.push(...alone.stream.getTracks());
      delete problems[fact.kind];
    } else problems[fact.kind] = mediaError(alone.error, await factsOf(page, fact.kind));
  }
  if (signal.aborted) for (const track of tracks) track.stop();
  return { stream: tracks.length > 0 && !signal.aborted ? new MediaStream(tracks) : undefined, problems };
}

/** Somebody who closed one prompt does not want two more. */
const wasDismissed = (
  facts: readonly MediaFacts[],
  problems: Partial<Record<MediaKind, ChatError>>,
): boolean =>
  facts.every(
    ({ kind, permission }) => permission === "prompt" && problems[kind]?.code === "media-dismissed",
  );

type Acquired =
  | { readonly ok: true; readonly stream: MediaStream }
  | { readonly ok: false; readonly error: unknown };

/** One request; a second one without the chosen devices when they are the reason of the refusal (unplugged, say). */
async function acquire({ devices, wish, kinds, signal }: Attempt): Promise<Acquired> {
  const chosen = kinds.some((kind) => deviceIdOf(wish, kind) !== undefined);
  try {
    return { ok: true, stream: await request(devices, constraintsFor(kinds, wish), signal) };
  } catch (error) {
    if (!chosen || signal.aborted || !isOverconstrained(error)) return { ok: false, error };
  }
  try {
    return { ok: true, stream: await request(devices, constraintsFor(kinds), signal) };
  } catch (error) {
    return { ok: false, error };
  }
}

async function request(
  devices: MediaDevices,
  constraints: MediaStreamConstraints,
  signal: AbortSignal,
): Promise<MediaStream> {
  signal.throwIfAborted();
  const stream = await devices.getUserMedia(constraints);
  if (!signal.aborted) return stream;
  for (const track of stream.getTracks()) track.stop();
  throw signal.reason;
}

function constraintsFor(kinds: readonly MediaKind[], wish?: MediaWish): MediaStreamConstraints {
  const constraints: MediaStreamConstraints = {};
  for (const kind of kinds) {
    const deviceId = wish && deviceIdOf(wish, kind);
    const device = deviceId === undefined ? {} : { deviceId: { exact: deviceId } };
    if (kind === "microphone") constraints.audio = { ...SOUND, ...device };
    else {
      const facingMode = wish?.cameraFacing ?? "user";
      constraints.video = { ...PICTURE, ...(deviceId === undefined ? { facingMode } : device) };
    }
  }
  return constraints;
}

const deviceIdOf = (wish: MediaWish, kind: MediaKind) =>
  kind === "camera" ? wish.cameraId : wish.microphoneId;

const isOverconstrained = (error: unknown) =>
  ["OverconstrainedError", "ConstraintNotSatisfiedError"].includes(nameOf(error));

async function factsOf(page: MediaPage, kind: MediaKind): Promise<MediaFacts> {
  const devices = await list(page);
  return {
    kind,
    permission: await permissionOf(page, kind),
    allowedByPolicy: policyOf(page.document, kind),
    present: devices?.some((device) => device.kind === inputOf(kind)),
  };
}

const inputOf = (kind: MediaKind): MediaDeviceKind => (kind === "camera" ? "videoinput" : "audioinput");

async function permissionOf(page: MediaPage, kind: MediaKind): Promise<PermissionState | undefined> {
  return (await queryPermission(page, kind))?.state;
}

async function queryPermission(page: MediaPage, kind: MediaKind): Promise<PermissionStatus | undefined> {
  try {
    // Not every browser knows these names, and TypeScript's list has only what all of them know.
    return await page.navigator.permissions?.query({ name: kind as PermissionName });
  } catch {
    return undefined;
  }
}

function choiceOf(device: MediaDeviceInfo): DeviceChoice {
  const { deviceId, label } = device;
  const facing = device.kind === "videoinput" ? facingOf(device) : undefined;
  return { deviceId, label, ...(facing && { facing }) };
}

/** Chromium and Safari say it in the capabilities, Firefox on Android only in the label. */
function facingOf(device: MediaDeviceInfo): CameraFacing | undefined {
  const { getCapabilities } = device as Partial<InputDeviceInfo>;
  const [mode] = getCapabilities?.call(device).facingMode ?? [];
  if (mode === "user" || mode === "environment") return mode;
  if (/facing:? (back|environment)|back camera/i.test(device.label)) return "environment";
  return /facing:? (front|user)|front camera/i.test(device.label) ? "user" : undefined;
}

/** The policy is readable in Chromium only, under its old name. */
function policyOf(document: Document, kind: MediaKind): boolean | undefined {
  const { featurePolicy } = document as {
    readonly featurePolicy?: { allowsFeature(feature: string): boolean };
  };
  return featurePolicy?.allowsFeature(kind);
}

/** Undefined where the browser does not say. */
async function list(page: MediaPage): Promise<readonly MediaDeviceInfo[] | undefined> {
  try {
    return await page.navigator.mediaDevices?.enumerateDevices();
  } catch {
    return undefined;
  }
}
