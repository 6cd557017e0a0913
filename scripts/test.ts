/** `npm test`: the suites on every runtime. Arguments go to vitest. */
import { runSuites } from "./suites.ts"
import { conclude } from "./tally.ts"

conclude(runSuites(process.argv.slice(2)))
