import type { SettingSpec } from "@coldstow/contracts";

/** The settings of an OVH destination, as they stand in the ini file. */
export const settings: readonly SettingSpec[] = [
  {
    name: "region",
    description: "Where the container is: GRA, SBG, BHS, DE, UK, WAW …",
    inUrl: "host",
  },
  {
    name: "container",
    description: "The container that holds the archive; a folder in it may follow after a slash.",
    required: true,
    inUrl: "path",
  },
  { name: "tenant", description: "The project's name, a number, or its id." },
  {
    name: "user",
    description: "The OpenStack user of the project.",
    required: true,
    inUrl: "user",
  },
  { name: "password", description: "The user's password.", required: true, secret: true },
  {
    name: "transport",
    description:
      "swift: objects are moved by the Swift API. sftp: by the SFTP gateway, with Swift for their states where it answers.",
    default: "swift",
  },
  { name: "prefix", description: "A folder in the container under which everything lies." },
  {
    name: "policy",
    description:
      "The storage policy that the container must have: PCA is the archive's. none: any other Swift, whose objects are never frozen.",
    default: "PCA",
  },
  {
    name: "create",
    description: "yes: the first write makes a container that is missing. no: it must be there.",
    default: "yes",
  },
  {
    name: "auth_url",
    description: "Keystone, version 3; a URL that ends in /v1.0 means tempauth.",
    default: "https://auth.cloud.ovh.net/v3",
  },
  {
    name: "storage_url",
    description: "The account's URL, where it is not the one that the service catalogue names.",
  },
  {
    name: "gateway",
    description:
      "The host of the SFTP gateway; gateways.storage.REGION.cloud.ovh.net if not given.",
  },
  { name: "gateway_port", description: "The port of the SFTP gateway.", default: "22" },
  {
    name: "host_key",
    description: "The gateway's host key; if not given, the first one seen is pinned.",
  },
  {
    name: "known_hosts",
    description: "A known_hosts file in which the gateway's key is looked up.",
  },
  {
    name: "stall_timeout",
    description: "After how many seconds without any progress a call is given up.",
    default: "120",
  },
  {
    name: "tariff",
    description: "The price list by which costs are estimated; ovh-pca for a container of PCA.",
  },
];
