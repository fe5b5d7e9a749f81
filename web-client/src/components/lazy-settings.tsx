import { useContext, useEffect, useState } from "react";
import { LOAD_LIMIT_MS, NOT_LOADED } from "../not-loaded.ts";
import { problemText } from "../problem-text.ts";
import { ACTION_TEXT, CONTROLS, LOADING, PROBLEM_BUTTONS } from "../text.ts";
import { ClockContext } from "../use-seconds.ts";
import type { VideoChatState } from "../use-video-chat.ts";
import { useAnnouncement } from "./announcements.tsx";
import { Modal } from "./modal.tsx";
import type { SettingsFields } from "./settings-fields.tsx";

type Fields = typeof SettingsFields;

let loaded: Fields | undefined;

/** Settings that were loaded once are there at once from then on. */
export async function loadSettings(): Promise<Fields> {
  loaded = (await import("./settings-fields.tsx")).SettingsFields;
  return loaded;
}

/** A dialog that changes as soon as it is there would only flicker. */
const SAID_AFTER_MS = 500;

interface LazySettingsProps {
  readonly chat: VideoChatState;
  readonly open: boolean;
  readonly onClose: () => void;
  readonly load?: () => Promise<Fields>;
}

/**
 * The settings, whose code comes when they are opened first: most people never do. Code that cannot come, or does not, is said to
 * be missing; a later opening tries again. A call goes on behind it, so that nothing is reloaded without a press.
 */
export function LazySettings({ chat, open, onClose, load = loadSettings }: LazySettingsProps) {
  const clock = useContext(ClockContext);
  const [Settings, setSettings] = useState(() => loaded);
  const [instead, setInstead] = useState<"loading" | "failed">();

  useEffect(() => {
    if (!open || Settings) return;
    let isWanted = true;
    const cancels = [
      clock.after(SAID_AFTER_MS, () => setInstead("loading")),
      clock.after(LOAD_LIMIT_MS, () => setInstead("failed")),
    ];
    const cancel = () => {
      for (const run of cancels) run();
    };
    load().then(
      (settings) => {
        if (isWanted) setSettings(() => settings);
      },
      () => {
        cancel();
        if (isWanted) setInstead("failed");
      },
    );
    return () => {
      isWanted = false;
      cancel();
      setInstead(undefined);
    };
  }, [open, Settings, load, clock]);

  const { title, advice } = problemText(NOT_LOADED);
  const failed = !Settings && instead === "failed";
  useAnnouncement(failed ? `${title}. ${advice}` : instead && LOADING.status);
  const props = { chat, open: open && (Settings ?? instead) !== undefined, onClose };
  return (
    <Modal {...props} title={failed ? title : CONTROLS.settings}>
      {Settings ? <Settings chat={chat} /> : <p>{failed ? advice : LOADING.status}</p>}
      {failed && (
        <button type="button" className="primary" onClick={() => window.location.reload()}>
          {ACTION_TEXT.reload}
        </button>
      )}
      <button type="submit" className={failed ? "secondary" : "primary"}>
        {Settings ? CONTROLS.settingsDone : PROBLEM_BUTTONS.dismiss}
      </button>
    </Modal>
  );
}
