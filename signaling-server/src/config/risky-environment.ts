import { type ConfigFault, faultOf } from "./fault.ts";

type Environment = Readonly<Record<string, string | undefined>>;

/** Node reads these before any line of a program runs, and a program cannot take them back. */
const NODE_DEBUGS = ["NODE_DEBUG", "NODE_DEBUG_NATIVE"] as const;
const WRITES = "writes what people send, tokens among it, to stderr";

const isSet = (env: Environment, name: string): boolean => Boolean(env[name]?.trim());

/** Faults of variables that are no settings, but would make a server in production give away what it has to keep. */
export function* riskyFaults(env: Environment, mode: string | undefined): Generator<ConfigFault> {
  if (mode !== "production") return;
  for (const name of NODE_DEBUGS)
    if (isSet(env, name))
      yield faultOf(name, `${WRITES}; take it out of the environment of a server in production.`);
}

/** Sentences about variables that are no settings and that an operator hardly wants. */
export function* riskyNotes(env: Environment): Generator<string> {
  if (isSet(env, "DEBUG"))
    yield "DEBUG in the environment has no effect on the server: it would write what people send, tokens among it, to stderr.";
  for (const name of NODE_DEBUGS)
    if (isSet(env, name)) yield `${name} in the environment ${WRITES}; production refuses it.`;
}
