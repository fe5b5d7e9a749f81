import type { Environment } from "../config.ts";
import { takeEarlyStops } from "./early-stop.ts";
import { silenceLibraries } from "./libraries.ts";
import { ignoreSignals } from "./signals.ts";

/** The server of this process, once its libraries are loaded. */
export interface Program {
  serve(options: { readonly given: Environment; readonly endEarlyStops: () => void }): Promise<void>;
}

/** Starts the server that `load` loads, which takes a while: signals and the environment come before that. */
export async function start(load: () => Promise<Program>): Promise<void> {
  const endEarlyStops = takeEarlyStops();
  ignoreSignals();
  const given = silenceLibraries();
  const { serve } = await load();
  await serve({ given, endEarlyStops });
}
