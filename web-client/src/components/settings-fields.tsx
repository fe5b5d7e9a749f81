import type { ChatActions, DeviceStatus, MediaKind } from "@serendip/client";
import { useEffect, useId } from "react";
import { NoticeSettings } from "../notices/notice-settings.tsx";
import { SETTINGS } from "../settings-text.ts";
import type { VideoChatState } from "../use-video-chat.ts";
import { ConnectionSettings } from "./connection-settings.tsx";

/** Which camera and microphone to use, how calls connect, and what is heard of a partner. */
export function SettingsFields({ chat }: { readonly chat: VideoChatState }) {
  const { watchRelay } = chat.actions;
  useEffect(() => watchRelay(), [watchRelay]);
  return (
    <>
      <DevicePicker kind="camera" device={chat.camera} actions={chat.actions} />
      <DevicePicker kind="microphone" device={chat.microphone} actions={chat.actions} />
      <ConnectionSettings chat={chat} />
      <NoticeSettings />
    </>
  );
}

interface DevicePickerProps {
  readonly kind: MediaKind;
  readonly device: DeviceStatus;
  readonly actions: ChatActions;
}

function DevicePicker({ kind, device, actions }: DevicePickerProps) {
  const id = useId();
  const { devices, deviceId, problem } = device;
  // A browser lists its devices only to a page that may use them: an empty list alone does not mean that there are none.
  const none = problem?.code === "media-not-found" || problem?.code === "media-lost";
  const known = devices.some((choice) => choice.deviceId === deviceId);
  return (
    <div className="picker">
      <label htmlFor={id}>{SETTINGS.picker[kind]}</label>
      <select
        id={id}
        value={known ? deviceId : ""}
        disabled={devices.length === 0}
        onChange={(event) => {
          if (event.target.value !== "") actions.selectDevice(kind, event.target.value);
        }}
      >
        {!known && (
          <option value="">
            {devices.length > 0 ? SETTINGS.automatic : none ? SETTINGS.none[kind] : SETTINGS.unknown}
          </option>
        )}
        {devices.map((choice, index) => (
          <option key={choice.deviceId} value={choice.deviceId}>
            {choice.label || SETTINGS.unnamed(kind, index + 1)}
          </option>
        ))}
      </select>
    </div>
  );
}
