/**
 * The platform's `fetch` in p-retry, as its readme shows: five retries of a function that throws unless `response.ok`, gives
 * up with `AbortError` at a 404 ("if the resource doesn't exist"), and returns `response.json()`.
 */
import pRetry, { AbortError } from "p-retry"
import { type Peer, read } from "./Peer.ts"

export const fetchRetry: Peer = {
  name: "fetch, p-retry",
  packages: ["p-retry"],
  delete: async ({ headers, timeoutMillis, url }) => {
    const run = async (): Promise<unknown> => {
      const response = await fetch(url, { method: "DELETE", headers, signal: AbortSignal.timeout(timeoutMillis) })
      if (response.status === 404) throw new AbortError(new HttpError(response.statusText))
      if (!response.ok) throw new HttpError(response.statusText)
      return response.json()
    }
    try {
      return read(await pRetry(run, { retries: 5 }))
    } catch (error) {
      if (error instanceof HttpError) return "not-deleted"
      if (error instanceof TypeError || error instanceof SyntaxError || isTimeout(error)) return "unknown"
      throw error
    }
  }
}

class HttpError extends Error {}

const isTimeout = (error: unknown): boolean => error instanceof DOMException && error.name === "TimeoutError"
