import { displayPath } from "@coldstow/contracts";
import { encodeIdentity, identityBytes, recipientOf } from "./identity.ts";
import { keyCharacters, lineCheck, lineCount, lineData } from "./paper-key-lines.ts";

/** What a paper key says about its archive. */
export interface PaperKeyLabel {
  readonly archiveName: string;
  readonly createdAt: Date;
}

function grouped(characters: string): string {
  return (characters.match(/.{1,4}/g) ?? []).join(" ");
}

function checkedLine(characters: string, line: number): string {
  const data = lineData(characters, line);
  return `  ${line}:  ${grouped(data).padEnd(19)}  =  ${lineCheck(line, data)}`;
}

/**
 * A secret identity as a page of plain ASCII-safe text to print: the identity itself, which stock age
 * takes, and the same in four short lines with check characters, which {@link readPaperKey} takes.
 * Source: docs/formats/paper-key.md.
 * @throws {E_FORMAT} if `secret` is no identity
 */
export function paperKey(secret: string, label: PaperKeyLabel): string {
  const identity = encodeIdentity(identityBytes(secret));
  const characters = identity.slice(-keyCharacters);
  const lines = Array.from({ length: lineCount }, (_, index) => checkedLine(characters, index + 1));
  return `PAPER KEY of a coldstow archive

Archive:    ${displayPath(label.archiveName)}
Created:    ${label.createdAt.toISOString()}
Recipient:  ${recipientOf(identity)}

Whoever holds this page can read the archive. Keep it in a safe place, apart from the copies.

The key:

${identity}

To read a pack without coldstow, write that one line into a file key.txt, then:

  age -d -i key.txt PACK.tar.age | tar -x

The same key in checked lines, for typing it in. The alphabet has no B, I, O and no digit one.
The four characters after "=" check their line.

${lines.join("\n")}
`;
}
