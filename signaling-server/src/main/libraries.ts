import type { Environment } from "../config.ts";

/**
 * Takes the variable DEBUG out of the environment, by which Socket.IO and others write all that people send to stderr:
 * tokens, tickets, SDP. They read it when they are loaded, so this has to come first.
 *
 * @returns the environment as it was
 */
export function silenceLibraries(env: NodeJS.ProcessEnv = process.env): Environment {
  const given = { ...env };
  delete env["DEBUG"];
  return given;
}
