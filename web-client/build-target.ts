/**
 * The oldest browsers that the page is made for: `:has()` came with Firefox 121, `dvh` with Chrome 108, container queries with
 * Safari 16, and all else that a call or the layout cannot do without is older. The bundler rewrites newer syntax for them, but
 * not regular expressions, nor what it calls by name: `test/build-target.test.ts` looks at all three in the built files.
 */
export const BUILD_TARGET = ["chrome108", "edge108", "firefox121", "safari16"] as const;

/** The newest edition of ECMAScript of which all of them read nearly everything. */
export const BUILD_EDITION = 2022;
