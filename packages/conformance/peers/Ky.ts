/**
 * ky, with its defaults, which retry DELETE and do not retry timeouts (readme, "retry"). Its `.json()` throws for
 * everything but a 2xx. It suggests nothing for headers of one's own and redirects.
 */
import client, { isHTTPError, isNetworkError, isTimeoutError } from "ky"
import { type Peer, read } from "./Peer.ts"

export const ky: Peer = {
  name: "ky",
  packages: ["ky"],
  delete: async ({ headers, timeoutMillis, url }) => {
    try {
      return read(await client.delete(url, { headers, timeout: timeoutMillis }).json())
    } catch (error) {
      if (isHTTPError(error)) return "not-deleted"
      if (isNetworkError(error) || isTimeoutError(error) || error instanceof SyntaxError) return "unknown"
      throw error
    }
  }
}
