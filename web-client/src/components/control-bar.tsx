import { CONTROLS } from "../text.ts";
import type { VideoChatState } from "../use-video-chat.ts";
import { Icon } from "./icons.tsx";
import { ToggleButton } from "./toggle-button.tsx";

interface ControlBarProps {
  readonly chat: VideoChatState;
  readonly onSettings: () => void;
}

/** The same buttons in the same places from the first search to the end, so that focus stays where it is. */
export function ControlBar({ chat, onSettings }: ControlBarProps) {
  const { actions, status } = chat;
  const nobodyToLeave =
    status.phase === "returning" ||
    status.phase === "requesting-media" ||
    // A press that has to wait may be repeated.
    (status.phase === "searching" && status.askAt === undefined);
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset is for form fields
    <div className="control-bar" role="group" aria-label={CONTROLS.group}>
      <button type="button" className="control stop" onClick={actions.stop}>
        <Icon name="stop" />
        <span>{CONTROLS.stop}</span>
      </button>
      <ToggleButton kind="microphone" device={chat.microphone} actions={actions} brief />
      <ToggleButton kind="camera" device={chat.camera} actions={actions} brief />
      <button type="button" className="control" onClick={onSettings}>
        <Icon name="settings" />
        <span>{CONTROLS.settings}</span>
      </button>
      <button
        type="button"
        className="control next"
        aria-disabled={nobodyToLeave}
        onClick={() => {
          if (!nobodyToLeave) actions.next();
        }}
      >
        <Icon name="next" />
        <span>{CONTROLS.next}</span>
      </button>
    </div>
  );
}
