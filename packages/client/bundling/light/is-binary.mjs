// Nothing binary is sent. What a server sends so must still be told from text.
export const hasBinary = () => false;
export const isBinary = (value) => value instanceof ArrayBuffer;
