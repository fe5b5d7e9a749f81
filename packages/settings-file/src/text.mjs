const UTF_16 =
  "is written in UTF-16, as Windows PowerShell does with > and Out-File; save it as UTF-8, in PowerShell with Set-Content -Encoding utf8";

/** @param {Uint8Array} bytes @param {readonly number[]} start */
const begins = (bytes, start) => start.every((byte, index) => bytes[index] === byte);

/** @param {Uint8Array} bytes @param {number} end */
const lineAt = (bytes, end) => bytes.subarray(0, end).filter((byte) => byte === 0x0a).length + 1;

/**
 * Whether the bytes are text of Latin letters in UTF-16: zeros stand at every other byte only, and often.
 *
 * @param {Uint8Array} bytes
 */
function isUtf16WithoutMark(bytes) {
  const zeros = [0, 0];
  bytes.forEach((byte, index) => {
    if (byte === 0) zeros[index % 2] = (zeros[index % 2] ?? 0) + 1;
  });
  return Math.min(...zeros) === 0 && Math.max(...zeros) > bytes.length / 4;
}

/**
 * Number of the line with the first byte that is not UTF-8. A line feed is never part of a longer character in UTF-8.
 *
 * @param {Uint8Array} bytes
 */
function firstForeignLine(bytes) {
  const decoder = new TextDecoder("utf-8", { fatal: true });
  for (let start = 0, line = 1; start < bytes.length; line += 1) {
    const feed = bytes.indexOf(0x0a, start);
    const end = feed === -1 ? bytes.length : feed + 1;
    try {
      decoder.decode(bytes.subarray(start, end));
    } catch {
      return line;
    }
    start = end;
  }
  return 1;
}

/** @type {typeof import("./text.mjs").decodeText} */
export function decodeText(bytes) {
  if (begins(bytes, [0xff, 0xfe]) || begins(bytes, [0xfe, 0xff])) return { ok: false, why: `${UTF_16}.` };
  const zero = bytes.indexOf(0);
  if (zero !== -1)
    return {
      ok: false,
      why: isUtf16WithoutMark(bytes)
        ? `${UTF_16}.`
        : `has a NUL byte on line ${lineAt(bytes, zero)}, so it is damaged, or not text; write it anew.`,
    };
  try {
    return { ok: true, text: new TextDecoder("utf-8", { fatal: true }).decode(bytes) };
  } catch {
    const why = `is not UTF-8 (line ${firstForeignLine(bytes)} is the first that is not); save it as UTF-8.`;
    return { ok: false, why };
  }
}
