import { seededRandom } from "./seeded-random.ts";

/** A photograph that exists only as numbers: the tree writer turns it into bytes. */
export interface Photograph {
  /** `YYYY/MM`. */
  folder: string;
  name: string;
  bytes: number;
  takenAt: Date;
  /** Photographs with the same number have the same bytes. */
  content: number;
}

const megabyte = 1_000_000;
const duplicateShare = 0.08;
const cameras = ["NIKON D750", "Canon EOS 6D", "Pixel 7", "DSC-RX100M3"];

/**
 * `count` photographs over twelve years, taken in order, 1–12 MB with a mean of 4.3 MB, so that 700
 * make 3 GB. One in 12.5 is the same as an earlier one, under another name and in the folder of its day.
 */
export function* photographs(seed: number, count: number): Generator<Photograph> {
  const random = seededRandom(seed);
  const start = Date.UTC(2012, 0, 3, 9, 30);
  const step = (12 * 365.25 * 86_400_000) / count;
  const originals: { bytes: number; content: number }[] = [];
  for (let at = 0; at < count; at += 1) {
    const takenAt = new Date(Math.floor(start + (at + random()) * step));
    const bytes = Math.floor(megabyte + 11 * megabyte * random() ** 2.35);
    const isDuplicate = random() < duplicateShare;
    const earlier = originals[Math.floor(random() * originals.length)];
    const number = String(at).padStart(5, "0");
    const folder = takenAt.toISOString().slice(0, 7).replace("-", "/");
    if (isDuplicate && earlier !== undefined) {
      const { bytes: same, content } = earlier;
      yield { folder, name: `copy-${number}.jpg`, bytes: same, takenAt, content };
    } else {
      originals.push({ bytes, content: at });
      yield { folder, name: `IMG_${number}.jpg`, bytes, takenAt, content: at };
    }
  }
}

/** The first bytes of a camera's JPEG: start of image and an Exif segment, some of it text. */
export function exifHead({ content }: Photograph): Buffer {
  const camera = cameras[content % cameras.length] ?? "";
  const text = Buffer.alloc(1000, 0);
  text.write(`${camera}\0Adobe RGB\0f/2.8\0ISO 200\0frame ${content}\0`, "latin1");
  const head = Buffer.from([0xff, 0xd8, 0xff, 0xe1, 0, 0, 0x45, 0x78, 0x69, 0x66, 0, 0]);
  head.writeUInt16BE(8 + text.length, 4);
  return Buffer.concat([head, text]);
}
