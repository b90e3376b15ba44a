import fc from "fast-check";

// By hand, property tests draw anew each time; in CI the same cases, so that red always means a change.
if (process.env["CI"] === "true") fc.configureGlobal({ seed: 2050 });
