import { memberPathProblem } from "../tar/index.ts";
import fc from "fast-check";
import { expect, test } from "vitest";
import { memberPlacer } from "./member-path.ts";

const part = fc.oneof(
  fc.constantFrom("..", ".", "", "home", "me", "a"),
  fc.string({ maxLength: 4 }),
);
const name = fc.array(part, { maxLength: 8 }).map((parts) => parts.join("/"));

test("no name whatever gets a place outside the destination", () => {
  fc.assert(
    fc.property(name, fc.array(name, { maxLength: 2 }), (member, roots) => {
      const found = memberPlacer(roots)(member);
      const wrong = "problem" in found ? undefined : memberPathProblem(found.path);
      expect(wrong).toBeUndefined();
    }),
  );
});

test.each([
  ["/home/me", "home/me/a/b", "a/b"],
  ["/home/me/", "./home//me/a", "a"],
  ["/", "home/a", "home/a"],
  ["C:\\Users\\me", "Users/me/a", "a"],
  ["/home/../data", "home/../data/a", "a"],
  ["../me", "../me/a", "a"],
  ["/home/me", "../me/a", "a"],
  ["/home/me", "../../home/me/a", "a"],
  ["/home/me", "home/other/a", "home/other/a"],
  ["/home/me", "/home/me/a", "a"],
  ["/home/me", "../../etc/a", "etc/a"],
])("under the root %s the member %s belongs at %s", (root, member, path) => {
  expect(memberPlacer([root])(member)).toMatchObject({ path });
});

test.each(["..", "../..", "", "/", "home/me", "home/me/../../../etc/x", "a/.."])(
  "the member %j belongs nowhere",
  (member) => {
    const found = memberPlacer(["/home/me"])(member);
    expect("problem" in found || found.path === "home/me").toBe(true);
  },
);
