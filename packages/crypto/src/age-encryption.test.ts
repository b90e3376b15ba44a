import { randomBytes } from "node:crypto";
import { armor, Decrypter, Encrypter, identityToRecipient } from "age-encryption";
import { describe, expect, test } from "vitest";
import { generateIdentity, openBytes, recipientOf, sealBytes } from "./index.ts";

const { secret, recipient } = generateIdentity();
const plain = randomBytes(65_536 * 2);

describe("the age-encryption package agrees", () => {
  test("on the recipient of an identity", async () => {
    expect(await identityToRecipient(secret)).toBe(recipientOf(secret));
  });

  test("when it opens what coldstow seals to a recipient", async () => {
    const decrypter = new Decrypter();
    decrypter.addIdentity(secret);
    const opened = await decrypter.decrypt(sealBytes(plain, [recipient]));
    expect(Buffer.from(opened).equals(plain)).toBe(true);
  });

  test("when it opens what coldstow seals with a passphrase", async () => {
    const decrypter = new Decrypter();
    decrypter.addPassphrase("żółw");
    const sealed = sealBytes(plain, { passphrase: "żółw", workFactor: 8 });
    expect(Buffer.from(await decrypter.decrypt(sealed)).equals(plain)).toBe(true);
  });

  test("when coldstow opens what it seals, binary and armored", async () => {
    const encrypter = new Encrypter();
    encrypter.addRecipient(recipient);
    const sealed = await encrypter.encrypt(plain);
    expect(Buffer.from(openBytes(sealed, [secret])).equals(plain)).toBe(true);
    const text = Buffer.from(armor.encode(sealed));
    expect(Buffer.from(openBytes(text, [secret])).equals(plain)).toBe(true);
  });

  test("when coldstow opens what it seals with a passphrase", async () => {
    const encrypter = new Encrypter();
    encrypter.setPassphrase("żółw");
    encrypter.setScryptWorkFactor(8);
    const sealed = await encrypter.encrypt(plain);
    expect(Buffer.from(openBytes(sealed, { passphrase: "żółw" })).equals(plain)).toBe(true);
  });
});
