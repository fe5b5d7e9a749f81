// What comes over the data channel is read before simple-peer makes a Buffer of it.
module.exports = { Buffer: { from: (data) => new Uint8Array(data) } };
