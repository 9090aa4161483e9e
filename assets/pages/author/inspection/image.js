// SPDX-License-Identifier: AGPL-3.0-or-later
// An image made anew from its points, so that nothing else of the file is left: camera, place, owner, thumbnail, comment.
//
// What the points show stays: faces, screens, the pattern of a sensor. The page says so where files are chosen.

const KINDS = { png: "image/png", jpeg: "image/jpeg", webp: "image/webp", gif: "image/png", bmp: "image/png" };
const GOOD = 0.92; // of 1: no difference that an eye sees

// {name, blob} without metadata, or undefined where this browser cannot show the image.
export async function cleanImage(file, kind) {
  if (!Object.hasOwn(KINDS, kind)) return undefined;
  let points;
  try {
    points = await createImageBitmap(file); // upright: what Exif says of turning is done, then forgotten
    const canvas = new OffscreenCanvas(points.width, points.height);
    canvas.getContext("2d").drawImage(points, 0, 0);
    const blob = await canvas.convertToBlob({ type: KINDS[kind], quality: GOOD });
    return { blob, name: renamed(file.name, kind, blob.type) };
  } catch {
    return undefined; // broken or too large: it is told as what it is, and the author decides
  } finally {
    points?.close();
  }
}

// A browser that cannot write a kind writes PNG; the name then says so.
function renamed(name, kind, type) {
  return type === `image/${kind}` ? name : name.replace(/\.[^.]*$|$/, ".png");
}
