/**
 * The oldest browsers that can read the built page. The bundler rewrites newer syntax for them, but not regular expressions:
 * `test/build-target.test.ts` looks at both in the built files.
 */
export const BUILD_TARGET = ["chrome100", "edge100", "firefox100", "safari15.4"] as const;

/** The newest edition of ECMAScript of which all of them read nearly everything. */
export const BUILD_EDITION = 2022;
