import { randomBytes } from "node:crypto";
import { objectKey, type ObjectKey } from "@coldstow/contracts";

const alphabet = "0123456789abcdefghjkmnpqrstvwxyz";

/** Names of the objects that every destination has (docs/formats/destination.md). */
export const identityKey: ObjectKey = objectKey("identity.age");
export const packPrefix = "packs/";
export const cataloguePrefix = "catalogue/";

/** `packs/r000001/p000001-<16 random>.tar.zst.age`: run and number, so that their order is time's. */
export function packKey(
  run: number,
  number: number,
  options: { readonly zstd: boolean; readonly sealed: boolean },
): ObjectKey {
  const suffix = `.tar${options.zstd ? ".zst" : ""}${options.sealed ? ".age" : ""}`;
  return objectKey(`packs/${runName(run)}/p${digits(number)}-${randomName()}${suffix}`);
}

/** `catalogue/r000001-<16 random>.archive.zst.age`. */
export function catalogueKey(run: number, sealed: boolean): ObjectKey {
  return objectKey(`catalogue/${runName(run)}-${randomName()}.archive.zst${sealed ? ".age" : ""}`);
}

function runName(run: number): string {
  return `r${digits(run)}`;
}

function digits(value: number): string {
  return String(value).padStart(6, "0");
}

function randomName(): string {
  return Array.from(randomBytes(16), (byte) => alphabet[byte % 32]).join("");
}
