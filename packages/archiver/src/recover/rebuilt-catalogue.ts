import { Catalogue } from "@coldstow/catalogue";
import { openNodeDriver } from "@coldstow/catalogue/node";
import { recoveryNoteKey, type ProgressSink } from "@coldstow/contracts";
import { recipientOf } from "@coldstow/crypto";
import { nowNs } from "../archive/clock.ts";
import type { PackList } from "./pack-list.ts";
import type { OpenedKeys } from "./recovery-keys.ts";
import { readSmallObject, type RecoverySource } from "./source-object.ts";

/** A destination as the catalogue keeps it. */
export interface RebuiltDestination {
  /** As in the ini: `local`, `sftp:nas`. */
  readonly name: string;
  readonly scheme: string;
  /** Without secrets. */
  readonly settings: Readonly<Record<string, string>>;
}

export interface RebuiltFacts {
  readonly list: PackList;
  readonly keys: OpenedKeys;
  readonly as: RebuiltDestination | undefined;
  readonly progress: ProgressSink;
}

/**
 * Makes an empty catalogue with what can be known of the archive without one: its id from a manifest,
 * its name from the recovery note, its keys from `identity.age` and what was used to open it. The rest,
 * such as the folder that is archived, must be set again.
 */
export async function newRebuiltCatalogue(
  path: string,
  source: RecoverySource,
  { list, keys, as, progress }: RebuiltFacts,
): Promise<{ catalogue: Catalogue; destination: number; name: string }> {
  const name = (await nameFromNote(source)) ?? "recovered";
  const { archiveId } = list;
  const driver = openNodeDriver(path, { create: true });
  const catalogue = await Catalogue.create(driver, { archiveId, name, createdNs: nowNs() });
  const isSealed = list.packs.some(({ pack }) => pack.sealed);
  const recipients = new Set(keys.identities.map(recipientOf));
  if (keys.archiveRecipient !== undefined) recipients.add(keys.archiveRecipient);
  const here = as ?? localDestination(source);
  await catalogue.setMeta({
    recipients: isSealed ? [...recipients].join("\n") : "",
    identity: isSealed ? keys.identityFile : undefined,
    config: configText(name, here),
  });
  const destination = await catalogue.addDestination({ ...here, addedNs: nowNs() });
  if (isSealed) {
    const opens = [...recipients].join(" and ");
    progress({
      type: "warning",
      message: `The packs do not name all keys that open them. New packs of the rebuilt archive are sealed to ${opens} only: add the other key again if there was one.`,
    });
  }
  return { catalogue, destination, name };
}

function localDestination(source: RecoverySource): RebuiltDestination {
  const settings: Record<string, string> =
    source.folder === undefined ? {} : { dir: source.folder };
  return { name: "local", scheme: "local", settings };
}

function configText(name: string, { name: type, scheme, settings }: RebuiltDestination): string {
  const [, own] = type.split(":");
  const section = `${scheme[0]?.toUpperCase() ?? ""}${scheme.slice(1)}${own === undefined ? "" : ` ${own}`}`;
  const lines = Object.entries(settings).map(([key, value]) => `${key} = ${value}`);
  return `[Archive]\nname = ${name}\n\n[Repository]\ntype = ${type}\n\n[${section}]\n${lines.join("\n")}\n`;
}

async function nameFromNote(source: RecoverySource): Promise<string | undefined> {
  for await (const object of source.list()) {
    if (object.name !== recoveryNoteKey || object.sizeBytes > 1 << 16) continue;
    const text = Buffer.from(await readSmallObject(object)).toString("utf8");
    const name = /^Archive: (.+)$/mu.exec(text)?.[1]?.trim();
    if (name !== undefined && name !== "") return name;
  }
  return undefined;
}
