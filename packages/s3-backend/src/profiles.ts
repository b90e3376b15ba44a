import type { ThawTier } from "@coldstow/contracts";

/** What the store computes and keeps of a body beside its bytes. */
export type Checksum = "sha256" | "crc32" | "none";

/** How one provider's store behaves; each setting of a destination overrides its part. */
export interface Profile {
  readonly endpoint?: string;
  readonly region?: string;
  /** Sent with each object; the bucket's own where it is undefined. */
  readonly storageClass?: string;
  readonly pathStyle: boolean;
  readonly checksum: Checksum;
  /** `If-None-Match: *` is honoured, also against another writer at the same moment. */
  readonly conditionalPut: boolean;
  /** The longest body of one PUT. */
  readonly maxPutBytes: number;
  /** False where parts do harm, so that `multipart = yes` is refused. */
  readonly multipartAllowed: boolean;
  /** A request for thawing names its tier. */
  readonly sendsTier: boolean;
  /** The first is taken where none is named. */
  readonly tiers: readonly [ThawTier, ...ThawTier[]];
  /** A listing tells the state of every archived object. */
  readonly listsStates: boolean;
  /** Reading costs nothing. */
  readonly freeRead: boolean;
  readonly tariff?: string;
}

export type ProfileName =
  | "aws-deep-archive"
  | "aws-glacier-flexible"
  | "aws"
  | "ovh-cold-archive"
  | "scaleway-glacier"
  | "generic";

const GiB = 1024 ** 3;

const amazon = {
  pathStyle: false,
  checksum: "sha256",
  conditionalPut: true,
  maxPutBytes: 5 * GiB,
  multipartAllowed: true,
  sendsTier: true,
  listsStates: true,
  freeRead: false,
} as const;

const deepArchiveTiers = [
  { name: "standard", hours: 12 },
  { name: "bulk", hours: 48 },
] as const;

/** The providers whose behaviour is known; prices are not here but in the price lists. */
export const profiles: Readonly<Record<ProfileName, Profile>> = {
  "aws-deep-archive": {
    ...amazon,
    storageClass: "DEEP_ARCHIVE",
    tiers: deepArchiveTiers,
    tariff: "aws-deep-archive",
  },
  "aws-glacier-flexible": {
    ...amazon,
    storageClass: "GLACIER",
    tiers: [
      { name: "standard", hours: 5 },
      { name: "bulk", hours: 12 },
      { name: "expedited", hours: 1 },
    ],
    tariff: "aws-glacier-flexible",
  },
  aws: { ...amazon, storageClass: "STANDARD", tiers: deepArchiveTiers, tariff: "aws-s3-standard" },
  "ovh-cold-archive": {
    endpoint: "https://s3.eu-west-par.io.cloud.ovh.net",
    region: "eu-west-par",
    storageClass: "DEEP_ARCHIVE",
    pathStyle: false,
    checksum: "none",
    conditionalPut: false,
    maxPutBytes: 5_000_000_000,
    multipartAllowed: true,
    sendsTier: false,
    tiers: [{ name: "standard", hours: 48 }],
    listsStates: false,
    freeRead: false,
    tariff: "ovh-cold-archive",
  },
  "scaleway-glacier": {
    endpoint: "https://s3.fr-par.scw.cloud",
    region: "fr-par",
    storageClass: "GLACIER",
    pathStyle: false,
    checksum: "none",
    conditionalPut: false,
    maxPutBytes: 5 * GiB,
    multipartAllowed: false,
    sendsTier: false,
    tiers: [{ name: "standard", hours: 24 }],
    listsStates: false,
    freeRead: false,
    tariff: "scaleway-glacier",
  },
  generic: {
    pathStyle: true,
    checksum: "none",
    conditionalPut: false,
    maxPutBytes: 5 * GiB,
    multipartAllowed: true,
    sendsTier: true,
    tiers: deepArchiveTiers,
    listsStates: false,
    freeRead: true,
  },
};

/** The classes whose objects must be thawed before they are read. */
const archivedClasses: ReadonlySet<string> = new Set(["GLACIER", "DEEP_ARCHIVE"]);

/** True for a class whose objects must be thawed before they are read. */
export function isArchived(storageClass: string | undefined): boolean {
  return storageClass !== undefined && archivedClasses.has(storageClass);
}
