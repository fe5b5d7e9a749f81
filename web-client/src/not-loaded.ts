import type { ChatError } from "@serendip/client";

/**
 * Part of the page's code is gone, as after an update, or something keeps it from the page: a reload brings what fits. Written
 * out, because `chatError` would bring all of the engine into what is loaded first; a test holds both together.
 */
export const NOT_LOADED = {
  area: "page",
  code: "page-incomplete",
  severity: "fatal",
  action: "reload",
} as const satisfies ChatError;

/** Code that somebody waits for and that has not come after this time counts as not to be had, milliseconds. */
export const LOAD_LIMIT_MS = 15_000;
