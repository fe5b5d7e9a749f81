import type { ChatError, MediaKind } from "../words/chat-error.ts";
import { PROBLEMS } from "../words/problems.ts";

/** What a capture means for the chat. */
export type MediaVerdict =
  /** The chat goes on with what could be had. */
  | { readonly ok: true; readonly problems: Partial<Record<MediaKind, ChatError>> }
  | { readonly ok: false; readonly error: ChatError };

/** One missing device is a pity; only when nothing of what was wished can be had does the chat stop to ask. */
export function judgeMedia(options: {
  readonly wished: readonly MediaKind[];
  readonly got: readonly MediaKind[];
  readonly problems: Partial<Record<MediaKind, ChatError>>;
}): MediaVerdict {
  const { wished, got, problems } = options;
  if (wished.length === 0 || got.length > 0) {
    const degraded: Partial<Record<MediaKind, ChatError>> = {};
    for (const kind of wished)
      if (!got.includes(kind))
        degraded[kind] = { ...(problems[kind] ?? PROBLEMS.mediaAborted), severity: "degraded", device: kind };
    return { ok: true, problems: degraded };
  }
  const causes = wished.flatMap((kind) => problems[kind] ?? []);
  const [first = PROBLEMS.mediaAborted] = causes;
  const common = causes.length > 1 && causes.every(({ code }) => code === first.code);
  return { ok: false, error: { ...(common ? withoutDevice(first) : first), severity: "fatal" } };
}

/** What to tell of the devices' problems: one that both have is told once, about both. */
export function mergeProblems(
  camera: ChatError | undefined,
  microphone: ChatError | undefined,
): readonly ChatError[] {
  if (camera && camera.code === microphone?.code) return [withoutDevice(camera)];
  return [camera, microphone].filter((problem) => problem !== undefined);
}

/** The error of all devices, where it was about one. */
function withoutDevice({ device: _, ...error }: ChatError): ChatError {
  return error;
}
