// Of react-dom, beside `react-dom/client`, the pages call nothing (no portals, no preloading). What is left is where the two halves of the
// package keep what they share: as in react-dom's own file.
const noop = () => {};

exports.__DOM_INTERNALS_DO_NOT_USE_OR_WARN_USERS_THEY_CANNOT_UPGRADE = {
  d: { f: noop, r: noop, D: noop, C: noop, L: noop, m: noop, X: noop, S: noop, M: noop },
  p: 0,
  findDOMNode: null,
};
