import { CONNECTION, iceText } from "../connection-text.ts";
import type { VideoChatState } from "../use-video-chat.ts";
import { CheckLink } from "./check-link.tsx";
import { PrivacySwitch } from "./privacy-switch.tsx";

/** How calls get through the networks: what there is, what is missing, and who sees what. */
export function ConnectionSettings({ chat }: { readonly chat: VideoChatState }) {
  const { ice, status } = chat;
  const text = iceText(ice);
  return (
    <div className="connection">
      <h3>{CONNECTION.title}</h3>
      <PrivacySwitch chat={chat} />
      {text && <p className="connection-state">{text}</p>}
      {ice.faults.length > 0 && (
        <details>
          <summary>{CONNECTION.faults}</summary>
          <ul>
            {ice.faults.map(({ code, url, sentence }) => (
              <li key={`${code} ${url}`}>{sentence}</li>
            ))}
          </ul>
        </details>
      )}
      <CheckLink newTab={status.phase !== "idle"} />
    </div>
  );
}
