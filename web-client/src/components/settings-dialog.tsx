import type { ChatActions, DeviceStatus, MediaKind } from "@serendip/client";
import { useEffect, useId, useLayoutEffect, useRef } from "react";
import { NoticeSettings } from "../notices/notice-settings.tsx";
import { problemText } from "../problem-text.ts";
import { SETTINGS } from "../settings-text.ts";
import { statusText } from "../text.ts";
import type { VideoChatState } from "../use-video-chat.ts";
import { Announcements } from "./announcements.tsx";
import { ConnectionSettings } from "./connection-settings.tsx";

interface SettingsDialogProps {
  readonly chat: VideoChatState;
  readonly open: boolean;
  readonly onClose: () => void;
}

/** Which camera and microphone to use, and how calls connect. The browser's own dialog keeps focus inside and gives it back. */
export function SettingsDialog({ chat, open, onClose }: SettingsDialogProps) {
  const title = useId();
  const dialog = useRef<HTMLDialogElement>(null);
  const { watchRelay } = chat.actions;
  useLayoutEffect(() => {
    const element = dialog.current;
    if (open && !element?.open) element?.showModal();
    if (!open && element?.open) element.close();
  }, [open]);
  useEffect(() => (open ? watchRelay() : undefined), [open, watchRelay]);
  return (
    <dialog ref={dialog} className="settings" aria-labelledby={title} onClose={onClose}>
      {open && <Announcements also={newsOf(chat)} />}
      <form method="dialog">
        <h2 id={title}>{SETTINGS.title}</h2>
        <DevicePicker kind="camera" device={chat.camera} actions={chat.actions} />
        <DevicePicker kind="microphone" device={chat.microphone} actions={chat.actions} />
        <ConnectionSettings chat={chat} />
        <NoticeSettings />
        <button type="submit" className="primary">
          {SETTINGS.close}
        </button>
      </form>
    </dialog>
  );
}

/** What the page itself has in regions that are silent behind the dialog. */
function newsOf({ status, problem }: VideoChatState): readonly string[] {
  const words = problem && problemText(problem);
  return [statusText(status), ...(words ? [`${words.title}. ${words.advice}`] : [])];
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
