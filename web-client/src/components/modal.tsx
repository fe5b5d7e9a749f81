import { type ReactNode, useId, useLayoutEffect, useRef } from "react";
import { problemText } from "../problem-text.ts";
import { statusText } from "../text.ts";
import type { VideoChatState } from "../use-video-chat.ts";
import { Announcements } from "./announcements.tsx";

interface ModalProps {
  readonly chat: VideoChatState;
  readonly open: boolean;
  readonly title: string;
  readonly onClose: () => void;
  readonly children: ReactNode;
}

/** The browser's own dialog: it keeps focus inside and gives it back. What the silent page behind it has to say is read out in it. */
export function Modal({ chat, open, title, onClose, children }: ModalProps) {
  const id = useId();
  const dialog = useRef<HTMLDialogElement>(null);
  useLayoutEffect(() => {
    const element = dialog.current;
    if (open && !element?.open) element?.showModal();
    if (!open && element?.open) element.close();
  }, [open]);
  return (
    <dialog ref={dialog} className="settings" aria-labelledby={id} onClose={onClose}>
      {open && (
        <>
          <Announcements also={newsOf(chat)} />
          <form method="dialog">
            <h2 id={id}>{title}</h2>
            {children}
          </form>
        </>
      )}
    </dialog>
  );
}

/** What the page itself has in regions that are silent behind the dialog. */
function newsOf({ status, problem }: VideoChatState): readonly string[] {
  const words = problem && problemText(problem);
  return [statusText(status), ...(words ? [`${words.title}. ${words.advice}`] : [])];
}
