import { type RefObject, useEffect, useLayoutEffect, useRef } from "react";

/** Moves the focus to the heading of what is shown: the first `[data-focus]` element. */
export function focusHeading(region: ParentNode = document): void {
  region.querySelector<HTMLElement>("[data-focus]")?.focus({ preventScroll: true });
}

/**
 * When a change of the screen removes the element that has the focus, the focus goes to the new screen's heading; a
 * keyboard or a screen reader would start again at the top of the page otherwise.
 */
export function useFocusRescue(region: RefObject<HTMLElement | null>): void {
  const focused = useRef<EventTarget>(undefined);

  useEffect(() => {
    const element = region.current;
    const remember = (event: FocusEvent) => {
      focused.current = event.target ?? undefined;
    };
    element?.addEventListener("focusin", remember);
    return () => element?.removeEventListener("focusin", remember);
  }, [region]);

  useLayoutEffect(() => {
    const gone = focused.current instanceof Node && !focused.current.isConnected;
    if (!gone) return;
    focused.current = undefined;
    const lost = document.activeElement === null || document.activeElement === document.body;
    if (lost && region.current) focusHeading(region.current);
  });
}
