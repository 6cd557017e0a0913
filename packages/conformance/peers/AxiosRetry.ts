/**
 * axios with axios-retry: three retries with `exponentialDelay` (README of axios-retry, "Usage") of network errors and 5xx,
 * by its default condition, which leaves out timeouts; `shouldResetTimeout`, so that the timeout is that of an attempt.
 * The README of axios says to list the key in `sensitiveHeaders`, and that an error without `response` means that "no
 * response was received". A body that is no JSON arrives as a string.
 */
import axios, { isAxiosError } from "axios"
import retry, { exponentialDelay } from "axios-retry"
import { type Peer, read } from "./Peer.ts"

// The servers are on this machine, whatever proxy the environment names.
const client = axios.create({ sensitiveHeaders: ["x-pd-api-key"], proxy: false })
retry(client, { retries: 3, retryDelay: exponentialDelay, shouldResetTimeout: true })

export const axiosRetry: Peer = {
  name: "axios, axios-retry",
  packages: ["axios", "axios-retry"],
  delete: async ({ headers, timeoutMillis, url }) => {
    try {
      const { data } = await client.delete<unknown>(url, { headers, timeout: timeoutMillis })
      return read(data)
    } catch (error) {
      if (!isAxiosError(error)) throw error
      return error.response === undefined ? "unknown" : "not-deleted"
    }
  }
}
