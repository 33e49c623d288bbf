// Photographs on their way: no larger than the model looks at, so that they arrive soon.

const LONGEST = 1600;
const QUALITY = 0.92;

/**
 * The photograph upright and shrunk, as a JPEG; as it is where it is small, or where the browser
 * cannot read it: then the service may.
 * @type {(file: File) => Promise<Blob>}
 */
export async function shrunk(file) {
  let pixels;
  try {
    pixels = await createImageBitmap(file, { imageOrientation: "from-image" });
  } catch {
    return file;
  }
  const scale = LONGEST / Math.max(pixels.width, pixels.height);
  if (scale >= 1) return file;
  const canvas = document.createElement("canvas");
  canvas.width = Math.round(pixels.width * scale);
  canvas.height = Math.round(pixels.height * scale);
  canvas.getContext("2d")?.drawImage(pixels, 0, 0, canvas.width, canvas.height);
  pixels.close();
  return new Promise((done) => canvas.toBlob((blob) => done(blob ?? file), "image/jpeg", QUALITY));
}
