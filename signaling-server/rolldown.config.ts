import { fileURLToPath } from "node:url";
import { defineConfig } from "rolldown";

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));

/**
 * The two programs, with all libraries in them: a start reads a handful of files instead of a thousand. The rest of `dist`
 * is the compiler's, for packages that import this one.
 */
export default defineConfig({
  input: { main: here("src/main.ts"), doctor: here("src/doctor.ts") },
  platform: "node",
  resolve: { conditionNames: ["@serendip/source"] },
  // ws takes them where somebody has installed them, and does without otherwise.
  external: ["bufferutil", "utf-8-validate"],
  output: {
    dir: here("dist"),
    format: "esm",
    // A folder of their own, because `dist` has files of these names from the compiler.
    chunkFileNames: "bundle/[name].js",
    // A start reads both the file and its map, so no blank and no source is in them. Names and parameters stay: libraries ask
    // functions for both.
    minify: { compress: false, mangle: false, codegen: true },
    sourcemap: true,
    sourcemapExcludeSources: true,
  },
});
