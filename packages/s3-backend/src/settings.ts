import type { SettingSpec } from "@coldstow/contracts";

/** The settings `[S3]`. Defaults that depend on the profile are told in the description. */
export const settings: readonly SettingSpec[] = [
  {
    name: "profile",
    description:
      "Whose S3 it is: aws-deep-archive, aws-glacier-flexible, aws, ovh-cold-archive, scaleway-glacier or generic. It gives the defaults of the other settings.",
    default: "generic",
  },
  { name: "bucket", description: "The bucket.", required: true, inUrl: "host" },
  {
    name: "prefix",
    description: "The folder within the bucket; the whole bucket if not given.",
    inUrl: "path",
  },
  {
    name: "endpoint",
    description: "The server's URL, such as https://s3.example.org; the profile's if not given.",
  },
  { name: "region", description: "The region; the profile's, or us-east-1, if not given." },
  {
    name: "storage_class",
    description: "The class of new objects, such as DEEP_ARCHIVE; the profile's if not given.",
  },
  {
    name: "path_style",
    description:
      "yes: the bucket is named in the path. no: in the host name. The profile's way if not given.",
  },
  {
    name: "access_key",
    description:
      "The access key's id. Without it the machine's own credentials are used: environment, ~/.aws, instance role.",
    secret: true,
  },
  { name: "secret_key", description: "The secret of the access key.", secret: true },
  { name: "session_token", description: "The token of temporary credentials.", secret: true },
  {
    name: "create",
    description: "yes: the first write makes a bucket that is missing. no: it must be there.",
    default: "no",
  },
  {
    name: "multipart",
    description:
      "yes: a body longer than part_size goes in parts and a broken upload goes on where it stopped; the store then tells no digest of an object. no or auto: one PUT for each object, whose digest the store tells.",
    default: "auto",
  },
  { name: "part_size", description: "The size of a part in MiB, 5 to 5120.", default: "16" },
  { name: "connections", description: "How many calls run at once.", default: "4" },
  {
    name: "checksum",
    description:
      "What the store keeps to check the bytes by: sha256, crc32 or none; the profile's if not given. Whatever it is, each upload is signed with its sha256.",
  },
  {
    name: "conditional_put",
    description:
      "yes: the store honours If-None-Match. no: coldstow looks before it writes. The profile's if not given.",
  },
  {
    name: "send_tier",
    description:
      "yes: a request for thawing names its tier. no: only days. The profile's if not given.",
  },
  {
    name: "list_states",
    description:
      "yes: a listing tells which objects are thawed (RestoreStatus). no: each object is asked. The profile's if not given.",
  },
  {
    name: "free_read",
    description:
      "yes: reading costs nothing, so objects are read back to verify them. The profile's if not given.",
  },
  {
    name: "stall_timeout",
    description: "After how many seconds without any progress a call is given up.",
    default: "120",
  },
  {
    name: "tariff",
    description: "The price list by which costs are told; the profile's if not given.",
  },
];
