export { environmentNotes, readEnvBytes, readEnvFile } from "./env-file.mjs";
export { SETTING_NAMES } from "./names.mjs";
