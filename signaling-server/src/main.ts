import { keepCompiled } from "./main/compile-cache.ts";
import { takeEarlyStops } from "./main/early-stop.ts";
import { silenceLibraries } from "./main/libraries.ts";
import { ignoreSignals } from "./main/signals.ts";

// Before anything else is loaded, which takes a while.
const endEarlyStops = takeEarlyStops();
ignoreSignals();
const given = silenceLibraries();
keepCompiled(import.meta.filename);
const { serve } = await import("./main/serve.ts");
await serve({ given, endEarlyStops });
