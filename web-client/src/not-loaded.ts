import type { ChatError } from "@serendip/client";

/** Part of the page's code is gone, as after an update, or something keeps it from the page: a reload brings what fits. */
export const NOT_LOADED: ChatError = {
  area: "session",
  code: "version-mismatch",
  severity: "fatal",
  action: "reload",
};
