import type { ChatActions, DeviceStatus, MediaKind } from "@serendip/client";
import { toggleText } from "../text.ts";
import { Icon } from "./icons.tsx";

interface ToggleProps {
  readonly kind: MediaKind;
  readonly device: DeviceStatus;
  readonly actions: ChatActions;
}

/** Turns camera or microphone off and on. A device that cannot be had has nothing to turn. */
export function ToggleButton({ kind, device, actions }: ToggleProps) {
  const missing = device.state === "missing";
  const on = device.enabled && !missing;
  return (
    <button
      type="button"
      className="control"
      data-off={!on}
      aria-disabled={missing}
      onClick={() => {
        if (!missing) actions.setEnabled(kind, !device.enabled);
      }}
    >
      <Icon name={on ? kind : `${kind}-off`} />
      <span>{toggleText(kind, on)}</span>
    </button>
  );
}
