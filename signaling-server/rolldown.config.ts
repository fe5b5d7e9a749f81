import { fileURLToPath } from "node:url";
import { defineConfig, type RolldownOptions } from "rolldown";

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));

const options = {
  platform: "node",
  resolve: { conditionNames: ["@serendip/source"] },
  // ws takes them where somebody has installed them, and does without otherwise.
  external: ["bufferutil", "utf-8-validate"],
} as const satisfies RolldownOptions;

const output = {
  dir: here("dist"),
  // A folder of their own, because `dist` has files of these names from the compiler.
  chunkFileNames: "bundle/[name].js",
  // A start reads the whole file, so no blank is in it. Names and parameters stay: libraries ask functions for both.
  minify: { compress: false, mangle: false, codegen: true },
  sourcemap: true,
  sourcemapExcludeSources: true,
} as const;

/**
 * The two programs, with all libraries in them: a start reads a handful of files instead of a thousand. The rest of `dist`
 * is the compiler's, for packages that import this one. The server itself is CommonJS:
 * as such it is one script, and V8 lets a program keep what it has compiled of a script.
 */
export default defineConfig([
  { ...options, input: { main: here("src/main/built.ts"), doctor: here("src/doctor.ts") }, output },
  {
    ...options,
    input: { serve: here("src/main/serve.ts") },
    // What is loaded later, or not at all, is in it too, and runs only then.
    output: { ...output, format: "cjs", entryFileNames: "bundle/[name].cjs", codeSplitting: false },
  },
]);
