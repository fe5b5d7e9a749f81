import type { ChatStatus } from "@serendip/client";
import { useEffect, useRef } from "react";
import { playChime } from "./chime.ts";
import { isWanted } from "./notice-store.ts";
import { announcePartner } from "./notification.ts";

type Phase = ChatStatus["phase"];

/** A partner who is found while nobody looks at the page is announced by a sound, and by a notification where that is allowed. */
export function useMatchNotice(phase: Phase): void {
  const last = useRef<Phase>(phase);
  useEffect(() => {
    const before = last.current;
    last.current = phase;
    if (phase !== "connecting" || before === "connecting" || document.visibilityState !== "hidden") return;
    const sound = isWanted("sound");
    if (sound) playChime();
    if (isWanted("notification")) announcePartner({ sound: !sound });
  }, [phase]);
}
