// `npm start`: sets the repository up, then shows on real files what coldstow does.
import { runPrepared } from "./setup.mjs";

await runPrepared("scripts/tour/main.ts", process.argv.slice(2));
