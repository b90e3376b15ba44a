import { ColdstowError } from "@coldstow/contracts";

import type { Container } from "./container.ts";
import { notUnderstood, statusError } from "./errors.ts";
import { headObject, type ObjectHead } from "./object-head.ts";
import { segmentsOf } from "./segments.ts";
import type { SwiftClient } from "./swift-client.ts";

async function deleteOne(client: SwiftClient, container: string, name: string): Promise<void> {
  const doing = `deleting ${name}`;
  const answer = await client.status({ method: "DELETE", container, object: name, doing });
  const { status } = answer;
  if (status !== 404 && (status < 200 || status > 299)) throw statusError(answer, doing, name);
}

/** Swift itself deletes the segments of a static manifest, and answers 200 whatever became of it. */
async function deleteStatic(client: SwiftClient, container: string, name: string): Promise<void> {
  const doing = `deleting ${name} and its segments`;
  const { answer, value } = await client.json({
    method: "DELETE",
    container,
    object: name,
    query: { "multipart-manifest": "delete" },
    headers: { accept: "application/json" },
    doing,
  });
  if (answer.status !== 200) throw statusError(answer, doing, name);
  const told = (value as Readonly<Record<string, unknown>> | null)?.["Response Status"];
  if (typeof told !== "string") throw notUnderstood(`the answer to ${doing}`, name);
  const status = Number.parseInt(told, 10);
  if (status !== 404 && (status < 200 || status > 299)) {
    throw statusError({ status, headers: {} }, doing, name);
  }
}

async function deleteDynamic(
  client: SwiftClient,
  container: string,
  head: ObjectHead,
): Promise<void> {
  const { name, segmented } = head;
  // Segments under a prefix that is not this object's own may be those of another one.
  if (segmented?.kind === "dynamic" && `${segmented.prefix}/`.includes(`${name}/`)) {
    for (const segment of await segmentsOf(client, container, head)) {
      if (!segment.name.includes(`${name}/`)) continue;
      await deleteOne(client, segment.container, segment.name);
    }
  }
  await deleteOne(client, container, name);
}

/** Deletes an object and, of a segmented one, its segments; none there is no error. */
export async function deleteObject(
  client: SwiftClient,
  container: Container,
  name: string,
): Promise<void> {
  const head = await headObject(client, container.name, name);
  if (head === undefined) return await container.allowAbsence();
  if (head.segmented === undefined) return await deleteOne(client, container.name, name);
  if (head.segmented.kind === "dynamic") return await deleteDynamic(client, container.name, head);
  if (head.state === "frozen" || head.state === "thawing") {
    throw new ColdstowError(
      head.state === "frozen" ? "E_FROZEN" : "E_THAWING",
      `${name} is a manifest that is frozen, and only it tells where its segments are; nothing was deleted`,
      { subject: name, hint: "Thaw it, then delete it." },
    );
  }
  return await deleteStatic(client, container.name, name);
}
