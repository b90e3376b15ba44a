export { openNodeDriver, type NodeDriverOptions } from "./open-node-driver.ts";
export { writeSnapshot } from "./write-snapshot.ts";
