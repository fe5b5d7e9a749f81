import { type ComponentProps, useEffect, useId, useState } from "react";
import { NOT_LOADED } from "../not-loaded.ts";
import { problemText } from "../problem-text.ts";
import { ACTION_TEXT, PROBLEM_BUTTONS } from "../text.ts";
import type { SettingsDialog } from "./settings-dialog.tsx";

type Settings = typeof SettingsDialog;

let loaded: Settings | undefined;

/** Settings that were loaded once are there at once from then on. */
export async function loadSettings(): Promise<Settings> {
  loaded = (await import("./settings-dialog.tsx")).SettingsDialog;
  return loaded;
}

interface LazySettingsProps extends ComponentProps<Settings> {
  readonly load?: () => Promise<Settings>;
}

/** The settings, whose code comes when they are opened first: most people never do. A later opening tries again. */
export function LazySettings({ load = loadSettings, ...props }: LazySettingsProps) {
  const { open, onClose } = props;
  const [Dialog, setDialog] = useState(() => loaded);
  const [failed, setFailed] = useState(false);

  useEffect(() => {
    if (!open || Dialog) return;
    let isWanted = true;
    load().then(
      (settings) => {
        if (isWanted) setDialog(() => settings);
      },
      () => {
        if (isWanted) setFailed(true);
      },
    );
    return () => {
      isWanted = false;
      setFailed(false);
    };
  }, [open, Dialog, load]);

  if (Dialog) return <Dialog {...props} />;
  return open && failed ? <NotLoaded onClose={onClose} /> : undefined;
}

const openModal = (dialog: HTMLDialogElement | null) => {
  if (dialog && !dialog.open) dialog.showModal();
};

/** A call goes on behind it, so that nothing is reloaded without a press. */
function NotLoaded({ onClose }: { readonly onClose: () => void }) {
  const id = useId();
  const { title, advice } = problemText(NOT_LOADED);
  return (
    <dialog ref={openModal} className="settings" aria-labelledby={id} onClose={onClose}>
      <form method="dialog">
        <h2 id={id}>{title}</h2>
        <p>{advice}</p>
        <button type="button" className="primary" onClick={() => window.location.reload()}>
          {ACTION_TEXT.reload}
        </button>
        <button type="submit" className="secondary">
          {PROBLEM_BUTTONS.dismiss}
        </button>
      </form>
    </dialog>
  );
}
