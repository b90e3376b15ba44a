import { coldBackend } from "@coldstow/backend-testkit";
import { bytesSource, objectKey } from "@coldstow/contracts";
import { expect, it } from "vitest";
import { backendSource } from "./backend-source.ts";

it("tells of a frozen object to thaw it with the provider's own tools, not with a command that needs an archive", async () => {
  const backend = coldBackend({ clock: () => 0 });
  await backend.put(objectKey("identity.age"), bytesSource(new Uint8Array(3)));
  const read = async (): Promise<void> => {
    for await (const object of backendSource(backend, "S3").list()) {
      for await (const piece of object.open()) expect(piece).toHaveLength(0);
    }
  };
  await expect(read()).rejects.toMatchObject({
    code: "E_FROZEN",
    hint: expect.stringMatching(/^(?!.*coldstow thaw).*provider's own tools/),
  });
});
