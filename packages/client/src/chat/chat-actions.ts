import type { CallEvent } from "../call/call-event.machine.ts";
import { isOver, targetOf } from "../call/call-facts.machine.ts";
import type { CallState } from "../call/call-state.machine.ts";
import type { RelayCheck } from "../ice/relay-check.ts";
import type { LocalMedia } from "../media/local-media.ts";
import { MEDIA_KINDS } from "../media/media-parts.ts";
import type { Signaling } from "../signaling/signaling.ts";
import type { Tab } from "../tab/tab.ts";
import type { ChatError, MediaKind } from "../words/chat-error.ts";
import type { ChatActions, ChatSnapshot } from "../words/chat-snapshot.ts";

/** A person's actions, as events of the machines. */
export function createActions(tools: {
  readonly call: () => CallState;
  readonly snapshot: () => ChatSnapshot;
  readonly dispatch: (event: CallEvent) => void;
  readonly media: LocalMedia;
  readonly signaling: Signaling;
  readonly tab: Tab;
  readonly setRelayOnly: (relayOnly: boolean) => void;
  readonly relayCheck: Pick<RelayCheck, "watch">;
  readonly dismiss: () => void;
  /** What is wanted of the devices changed. */
  readonly onWish: () => void;
}): ChatActions {
  const { call, snapshot, dispatch, media, signaling, tab, dismiss } = tools;

  const begin = (leaveOut: readonly MediaKind[], type: "start" | "try-again" | "take-over"): void => {
    tab.decide();
    tab.open();
    // The call that is gone back to goes on without what it was without.
    const without = type !== "start" && targetOf(call()) ? media.leftOut() : [];
    if (isOver(call())) media.leaveOut([...without, ...leaveOut]);
    dispatch({ type });
  };

  const joinWithout = (): void => {
    const { at } = call();
    if (at.phase !== "failed") dismiss();
    if (at.phase !== "failed" || at.error.area !== "media") return;
    const missing = MEDIA_KINDS.filter((kind) => media.device(kind).problem);
    begin(missing.length > 0 ? missing : MEDIA_KINDS, "try-again");
  };

  const mend = (problem: ChatError | undefined): void => {
    switch (problem?.area) {
      case "media":
        for (const kind of MEDIA_KINDS)
          if (media.device(kind).problem?.code === problem.code) media.recapture(kind);
        break;
      case "peer":
        dispatch({ type: "search-again" });
        break;
      default:
        signaling.retryNow();
    }
  };

  const retry = (): void => {
    const { at } = call();
    if (at.phase !== "failed") mend(snapshot().problem);
    else if (at.error.action === "join-without") joinWithout();
    else begin([], at.error.action === "use-here" ? "take-over" : "try-again");
  };

  return {
    start: () => begin([], "start"),
    goOn() {
      tab.goOn();
    },
    next: () => dispatch({ type: "next" }),
    stop() {
      tab.decide();
      dispatch({ type: "stop" });
    },
    retry,
    joinWithout,
    setEnabled(kind, enabled) {
      media.setEnabled(kind, enabled);
      tools.onWish();
    },
    selectDevice(kind, deviceId) {
      media.select(kind, deviceId);
      tools.onWish();
    },
    switchCamera() {
      media.switchCamera();
      tools.onWish();
    },
    setRelayOnly: tools.setRelayOnly,
    dismissProblem: dismiss,
    watchRelay: tools.relayCheck.watch,
  };
}
