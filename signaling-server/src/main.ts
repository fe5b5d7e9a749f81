import { takeEarlyStops } from "./main/early-stop.ts";
import { silenceLibraries } from "./main/libraries.ts";
import { ignoreSignals } from "./main/signals.ts";

// Before anything else is loaded, which takes a while.
const endEarlyStops = takeEarlyStops();
ignoreSignals();
const given = silenceLibraries();
const { serve } = await import("./main/serve.ts");
await serve({ given, endEarlyStops });
