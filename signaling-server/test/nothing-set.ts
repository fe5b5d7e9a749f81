import { SERVER_SETTINGS } from "../src/config.ts";

/** An empty variable counts as unset and wins over a developer's `.env`, which must not decide the outcome of a test. */
export const NOTHING_SET = Object.fromEntries(SERVER_SETTINGS.map(({ name }) => [name, ""]));
