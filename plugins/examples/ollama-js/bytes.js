// Text and JSON as bytes in UTF-8. QuickJS lacks TextDecoder and TextEncoder, but its `escape` and `unescape` are native.

const SLICE = 4096;

export function readText(bytes) {
  let latin1 = "";
  for (let at = 0; at < bytes.length; at += SLICE) {
    latin1 += String.fromCharCode(...bytes.subarray(at, at + SLICE));
  }
  return decodeURIComponent(escape(latin1));
}

export function writeText(text) {
  const latin1 = unescape(encodeURIComponent(text));
  const bytes = new Uint8Array(latin1.length);
  for (let at = 0; at < latin1.length; at += 1) {
    bytes[at] = latin1.charCodeAt(at);
  }
  return bytes;
}

export const readJson = (bytes) => JSON.parse(readText(bytes));
export const writeJson = (value) => writeText(JSON.stringify(value));
