/**
 * Runs the profile of a delete, and makes a table of it.
 */
import { Schema } from "effect"
import { fileURLToPath } from "node:url"
import { outputOf, title, toTable } from "./runtimes.ts"
import { Shares } from "./Shares.ts"
import { withServer } from "./withServer.ts"

const decode = Schema.decodeSync(Schema.fromJsonString(Shares))

export const measureProfile = () =>
  withServer(async (url) => {
    const results = decode(await outputOf("Node", fileURLToPath(new URL("profile.ts", import.meta.url)), url))
    const rows = Object.entries(results)
      .toSorted(([, a], [, b]) => b - a)
      .map(([part, share]) => [part, `${Math.round(share * 100)} %`])
    return { results, tables: toTable([["of the time of a delete over undici", await title("Node")], ...rows]) }
  })
