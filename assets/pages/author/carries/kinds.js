// SPDX-License-Identifier: AGPL-3.0-or-later
// Which kind of file this is, found by content, never by name; as src/demur/client/metadata.py, whose list it mirrors.
//
// A file that says on whose machine it was made betrays its author to the readers in the building. Sniffing errs towards telling: an
// unknown container is named, a plain image without metadata passes, and plain text is no kind at all.

// What starts a kind of file that always can carry names, dates and machines.
const STARTS = [
  ["zip", "504b0304"], ["zip", "504b0506"], ["ole", "d0cf11e0a1b11ae1"], ["rtf", "7b5c727466"], ["postscript", "25215053"],
  ["tiff", "49492a00"], ["tiff", "4d4d002a"], ["sound", "494433"], ["sound", "fffb"], ["sound", "fff3"], ["sound", "4f676753"],
  ["sound", "664c6143"], ["film", "1a45dfa3"], ["film", "464c5601"], ["archive", "1f8b"], ["archive", "377abcaf271c"],
  ["archive", "526172211a07"],
].map(([kind, digits]) => [kind, digits.match(/../g).map((pair) => parseInt(pair, 16))]);

export const PNG = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];
const PNG_TELLS = new Set(["tEXt", "zTXt", "iTXt", "eXIf", "tIME"]);

export function startsWith(bytes, start, at = 0) {
  return start.every((byte, n) => bytes[at + n] === byte);
}

// Bytes as a string of one character each, to look for words among them.
export function latin(bytes) {
  return new TextDecoder("latin1").decode(bytes);
}

// The kind of an image by its first bytes, "" if it is none that a browser shows: png, jpeg, webp, gif.
export function imageKind(bytes) {
  if (startsWith(bytes, PNG)) return "png";
  if (startsWith(bytes, [0xff, 0xd8, 0xff])) return "jpeg";
  const head = latin(bytes.subarray(0, 12));
  if (head.startsWith("RIFF") && head.slice(8) === "WEBP") return "webp";
  return head.startsWith("GIF8") ? "gif" : "";
}

// The kind of a file that can tell more than its text, "" if none is recognised.
export function carriesKind(bytes) {
  for (const [kind, start] of STARTS) if (startsWith(bytes, start)) return kind;
  if (latin(bytes.subarray(0, 1024)).includes("%PDF-")) return "pdf";
  if (latin(bytes.subarray(4, 8)) === "ftyp") return "film";
  if (latin(bytes.subarray(257, 262)) === "ustar") return "archive";
  return pictureCarries(bytes);
}

function pictureCarries(bytes) {
  const kind = imageKind(bytes);
  if (kind === "png") return [...pngChunks(bytes)].some((chunk) => PNG_TELLS.has(chunk.type)) ? kind : "";
  if (kind === "jpeg") return [...jpegSegments(bytes)].some((part) => tellingSegment(part.kind)) ? kind : "";
  if (kind === "webp") return /EXIF|XMP /.test(latin(bytes)) ? kind : "";
  if (kind === "gif") return /!\u00fe|XMP Data/.test(latin(bytes)) ? kind : "";
  return latin(bytes.subarray(0, 4)) === "RIFF" ? "sound" : "";
}

// The chunks of a PNG: {type, data}.
export function* pngChunks(bytes) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let at = PNG.length; at + 8 <= bytes.length;) {
    const size = view.getUint32(at);
    yield { type: latin(bytes.subarray(at + 4, at + 8)), data: bytes.subarray(at + 8, at + 8 + size) };
    at += 12 + size;
  }
}

// The segments of a JPEG that stand before the picture: {kind, data}.
export function* jpegSegments(bytes) {
  for (let at = 2; at + 4 <= bytes.length && bytes[at] === 0xff && bytes[at + 1] !== 0xda;) {
    const size = bytes[at + 2] * 256 + bytes[at + 3];
    yield { kind: bytes[at + 1], data: bytes.subarray(at + 4, at + 2 + size) };
    at += 2 + size;
  }
}

// Segments other than JFIF's own and Adobe's colour transform (0xee), in which no person stands.
function tellingSegment(kind) {
  return (kind >= 0xe1 && kind <= 0xef && kind !== 0xee) || kind === 0xfe;
}
