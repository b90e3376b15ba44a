/**
 * Puts every file of a folder by the sftp backend, one after the other; for the upload benchmark.
 * `node tests/remote/put-files.ts FOLDER STATE`, with the backend's settings as JSON in UPLOAD_SETTINGS.
 */
import { createReadStream, readdirSync, statSync } from "node:fs";
import { objectKey, silent, type BodySource } from "@coldstow/contracts";
import { plugin } from "@coldstow/sftp-backend/plugin";

const [folder = "", stateDirectory = ""] = process.argv.slice(2);
const settings = JSON.parse(process.env["UPLOAD_SETTINGS"] ?? "{}") as Record<string, string>;
const backend = await plugin.open(settings, { progress: silent, stateDirectory });
try {
  for (const name of readdirSync(folder)) {
    const path = `${folder}/${name}`;
    const source: BodySource = {
      sizeBytes: statSync(path).size,
      digests: [],
      open: (start) => createReadStream(path, { start, highWaterMark: 1 << 20 }),
    };
    await backend.put(objectKey(`packs/r000001/${name}`), source);
  }
} finally {
  await backend.close();
}
