/**
 * got, with its defaults, which retry DELETE, timeouts included (documentation, "Retry API"); with a request timeout
 * ("It is a good practice"), and a `beforeRedirect` hook that takes the key away, as the documentation of `headers` says
 * ("Use `hooks.beforeRedirect` for app-specific sensitive headers").
 */
import client, { HTTPError, RequestError } from "got"
import { type Peer, read } from "./Peer.ts"

export const got: Peer = {
  name: "got",
  packages: ["got"],
  delete: async ({ headers, timeoutMillis, url }) => {
    const hooks = { beforeRedirect: [(options: Redirected) => void delete options.headers["x-pd-api-key"]] }
    try {
      return read(await client.delete(url, { headers, timeout: { request: timeoutMillis }, hooks }).json())
    } catch (error) {
      if (error instanceof HTTPError) return "not-deleted"
      // Timeouts, connections that broke, and bodies that are no JSON.
      if (error instanceof RequestError) return "unknown"
      throw error
    }
  }
}

interface Redirected {
  readonly headers: Record<string, unknown>
}
