// The names that simple-peer gives to itself and to its data channel.
module.exports = (size) => {
  const bytes = crypto.getRandomValues(new Uint8Array(size));
  return { toString: () => Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("") };
};
