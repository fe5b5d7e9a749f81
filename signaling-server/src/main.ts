import { ignoreSignals } from "./main/signals.ts";

// Before anything else is loaded, which takes a while.
ignoreSignals();
await import("./main/serve.ts");
