import type { ChatError, MediaKind } from "../words/chat-error.ts";
import { PROBLEMS } from "../words/problems.ts";
import type { Choice } from "./device-state.machine.ts";
import type { MediaState } from "./local-media.machine.ts";
import { MEDIA_KINDS } from "./media-parts.ts";
import type { Capture, MediaSource } from "./media-source.port.ts";

/** The questions to the browser that are under way, as the state says: one that it does not wait for is given up. */
export interface CaptureRequests {
  /** @param id of the capture or of the device's own request; `done` is called once, also for one that was given up. */
  ask(
    request: {
      readonly of: "both" | MediaKind;
      readonly id: number;
      readonly kinds: readonly MediaKind[];
      readonly choices: Partial<Record<MediaKind, Choice>>;
    },
    done: (result: Capture) => void,
  ): void;
  follow(state: MediaState): void;
}

export function createCaptureRequests(options: {
  readonly source: MediaSource;
  readonly onFault: (error: unknown) => void;
}): CaptureRequests {
  const running = new Map<"both" | MediaKind, { readonly id: number; readonly abort: AbortController }>();

  const capture = async (
    kinds: readonly MediaKind[],
    choices: Partial<Record<MediaKind, Choice>>,
    signal: AbortSignal,
  ): Promise<Capture> => {
    if (kinds.length === 0) return { stream: undefined, problems: {} };
    const wish = {
      camera: kinds.includes("camera"),
      microphone: kinds.includes("microphone"),
      cameraId: choices.camera?.deviceId,
      cameraFacing: choices.camera?.facing,
      microphoneId: choices.microphone?.deviceId,
    };
    try {
      return await options.source.capture(wish, signal);
    } catch (cause) {
      const failed = kinds.map((kind): [MediaKind, ChatError] => [kind, { ...PROBLEMS.mediaAborted, cause }]);
      return { stream: undefined, problems: Object.fromEntries(failed) };
    }
  };

  return {
    ask({ of, id, kinds, choices }, done) {
      const abort = new AbortController();
      running.get(of)?.abort.abort();
      running.set(of, { id, abort });
      capture(kinds, choices, abort.signal)
        .then((result) => {
          if (running.get(of)?.id === id) running.delete(of);
          done(result);
        })
        .catch(options.onFault);
    },
    follow(state) {
      const waits: Record<"both" | MediaKind, number | undefined> = {
        both: state.use.name === "capturing" ? state.use.captureId : undefined,
        camera: state.camera.ask?.id,
        microphone: state.microphone.ask?.id,
      };
      for (const of of ["both", ...MEDIA_KINDS] as const) {
        const request = running.get(of);
        if (request === undefined || request.id === waits[of]) continue;
        running.delete(of);
        request.abort.abort();
      }
    },
  };
}
