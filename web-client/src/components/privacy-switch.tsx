import { useId } from "react";
import { PRIVACY, whyNoRelay } from "../settings-text.ts";
import type { VideoChatState } from "../use-video-chat.ts";

/** Relay only: nobody sees the person's network address. What is on can always be turned off. */
export function PrivacySwitch({ chat }: { readonly chat: VideoChatState }) {
  const id = useId();
  const { relayOnly } = chat.ice;
  const why = whyNoRelay(chat.ice);
  return (
    <div className="switch">
      <label>
        <input
          type="checkbox"
          checked={relayOnly}
          disabled={why !== undefined && !relayOnly}
          aria-describedby={id}
          onChange={(event) => chat.actions.setRelayOnly(event.target.checked)}
        />
        <span className="switch-knob" aria-hidden="true" />
        <span>{PRIVACY.label}</span>
      </label>
      <p id={id}>{why ?? PRIVACY.detail}</p>
    </div>
  );
}
