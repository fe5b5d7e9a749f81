// Nothing binary is on the wire: what comes all the same is a packet that cannot be read, which closes the connection.
export const deconstructPacket = () => refuse();
export const reconstructPacket = () => refuse();

function refuse() {
  throw new Error("binary packets are not read");
}
