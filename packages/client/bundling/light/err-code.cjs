// simple-peer marks its errors with a code and nothing else.
module.exports = (error, code) =>
  Object.defineProperty(error, "code", { value: code, enumerable: true, configurable: true });
