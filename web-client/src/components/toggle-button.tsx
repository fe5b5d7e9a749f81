import type { ChatActions, DeviceStatus, MediaKind } from "@serendip/client";
import { toggleText } from "../text.ts";
import { Icon } from "./icons.tsx";

interface ToggleProps {
  readonly kind: MediaKind;
  readonly device: DeviceStatus;
  readonly actions: ChatActions;
}

/** Turns camera or microphone off and on. For a device that is missing, On asks the browser for it again. */
export function ToggleButton({ kind, device, actions }: ToggleProps) {
  const on = device.enabled && device.state !== "missing";
  return (
    <button type="button" className="control" data-off={!on} onClick={() => actions.setEnabled(kind, !on)}>
      <Icon name={on ? kind : `${kind}-off`} />
      <span>{toggleText(kind, on)}</span>
    </button>
  );
}
