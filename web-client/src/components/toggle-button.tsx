import type { ChatActions, DeviceStatus, MediaKind } from "@serendip/client";
import { toggleText, toggleWord } from "../text.ts";
import { Icon } from "./icons.tsx";

interface ToggleProps {
  readonly kind: MediaKind;
  readonly device: DeviceStatus;
  readonly actions: ChatActions;
  /** One word where there is little room; the name stays whole. */
  readonly brief?: boolean;
}

/** Turns camera or microphone off and on. For a device that is missing, On asks the browser for it again. */
export function ToggleButton({ kind, device, actions, brief = false }: ToggleProps) {
  const on = device.enabled && device.state !== "missing";
  const name = toggleText(kind, on);
  return (
    <button
      type="button"
      className="control"
      data-off={!on}
      aria-label={brief ? name : undefined}
      onClick={() => actions.setEnabled(kind, !on)}
    >
      <Icon name={on ? kind : `${kind}-off`} />
      {brief && <span className="short-words">{toggleWord(kind, on)}</span>}
      <span className={brief ? "full-words" : undefined}>{name}</span>
    </button>
  );
}
