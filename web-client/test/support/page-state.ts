import { act } from "react";
import { vi } from "vitest";

/** Whether the page is looked at; the DOM of these tests is always visible by itself. */
export async function setVisibility(state: DocumentVisibilityState): Promise<void> {
  vi.spyOn(document, "visibilityState", "get").mockReturnValue(state);
  await act(async () => document.dispatchEvent(new Event("visibilitychange")));
}
