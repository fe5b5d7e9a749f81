import type { ConfigProblem } from "../config.ts";
import type { ConfigStateName } from "./state-names.ts";

/** What a page says that was set up wrongly. */
export const CONFIG_STATES: Readonly<Record<ConfigStateName, ConfigProblem>> = {
  "config-wrong": {
    kind: "wrong",
    faults: [
      'config.json has an unknown key "signalingURL"; did you mean "signalingUrl"?',
      'In config.json "signalingUrl" is "signal.example.org", without a scheme; write https://signal.example.org, or begin with a / for a path of the page\'s own host.',
    ],
  },
  "config-not-loaded": {
    kind: "not-loaded",
    faults: ["config.json could not be loaded (the web server answered 503)."],
  },
};
