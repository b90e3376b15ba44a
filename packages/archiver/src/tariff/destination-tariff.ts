/** The price lists of Amazon's storage classes. */
const amazonClasses: Readonly<Record<string, string>> = {
  STANDARD: "aws-s3-standard",
  GLACIER: "aws-glacier-flexible",
  DEEP_ARCHIVE: "aws-deep-archive",
};

/**
 * The id of the price list of a destination by its settings, without opening it: the setting
 * `tariff`, else what the settings of an S3 or OVH destination tell of service and class; see
 * docs/formats/tariff.md. Undefined where nothing tells.
 */
export function destinationTariff(
  scheme: string,
  settings: Readonly<Record<string, string>>,
): string | undefined {
  const { tariff = "" } = settings;
  if (tariff !== "") return tariff;
  if (scheme === "s3") return s3Tariff(settings);
  if (scheme !== "ovh") return undefined;
  return (settings["policy"]?.trim() || "PCA").toUpperCase() === "PCA" ? "ovh-pca" : undefined;
}

function s3Tariff(settings: Readonly<Record<string, string>>): string | undefined {
  const profile = settings["profile"]?.trim().toLowerCase() ?? "";
  const storageClass = settings["storage_class"]?.trim().toUpperCase() ?? "";
  if (profile === "" || profile === "generic") return undefined;
  if (profile !== "aws" && !profile.startsWith("aws-")) return profile;
  if (storageClass !== "") return amazonClasses[storageClass];
  return profile === "aws" ? amazonClasses["STANDARD"] : profile;
}

/** True where objects lie on a disk or server of one's own, which nobody charges for by the object. */
export function isOwnPlace(scheme: string): boolean {
  return scheme === "local" || scheme === "sftp";
}
