/** Something that lies at the place to recover from. */
export interface SourceObject {
  /** Path below the place, with `/` and surrogate escapes; an object key at a destination. */
  readonly name: string;
  readonly sizeBytes: number;
  /** Its bytes from the start; may be called many times. */
  open(): AsyncIterable<Uint8Array>;
}

/** Where packs are: a folder, a few files, or a destination. */
export interface RecoverySource {
  /** For people. */
  readonly title: string;
  /** Absolute, where it is a folder of this machine. */
  readonly folder: string | undefined;
  /** Every object, in any order. */
  list(): AsyncIterable<SourceObject>;
}

/** A pack, by its name. */
export interface PackObject extends SourceObject {
  /** `packs/r000001/p000001-….tar.age` where the name ends like that, else the name. */
  readonly key: string;
  /** Run and number as the key gives them. */
  readonly place: { readonly run: number; readonly number: number } | undefined;
  readonly sealed: boolean;
  readonly zstd: boolean;
}

const packName = /\.tar(\.zst)?(\.age)?$/u;
const packKeyEnd = /(?:^|\/)(r(\d{6,})\/p(\d{6,})-[a-z0-9]+\.tar(?:\.zst)?(?:\.age)?)$/u;

/** The pack that an object is by its name, or undefined. */
export function asPack(object: SourceObject): PackObject | undefined {
  const kind = packName.exec(object.name);
  if (kind === null) return undefined;
  const end = packKeyEnd.exec(object.name);
  return {
    name: object.name,
    sizeBytes: object.sizeBytes,
    open: () => object.open(),
    key: end === null ? object.name : `packs/${end[1] ?? ""}`,
    place: end === null ? undefined : { run: Number(end[2]), number: Number(end[3]) },
    sealed: kind[2] !== undefined,
    zstd: kind[1] !== undefined,
  };
}

/** True for a copy of the catalogue. */
export function isCatalogueCopy(name: string): boolean {
  return /(?:^|\/)r\d{6,}-[a-z0-9]+\.archive\.zst(?:\.age)?$/u.test(name);
}

/** True for the wrapped identity. */
export function isIdentityFile(name: string): boolean {
  return name === "identity.age" || name.endsWith("/identity.age");
}

/** The bytes of a small object. Reading stops behind `limit`. */
export async function readSmallObject(
  object: SourceObject,
  limit: number = 1 << 20,
): Promise<Uint8Array> {
  const pieces: Uint8Array[] = [];
  let bytes = 0;
  for await (const piece of object.open()) {
    pieces.push(piece.slice());
    bytes += piece.length;
    if (bytes > limit) break;
  }
  return Buffer.concat(pieces);
}
