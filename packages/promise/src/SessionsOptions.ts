/**
 * The settings of a client.
 *
 * @since 0.1.0
 */
import type { RetryPolicy } from "./CallOptions.ts"

/**
 * A length of time: milliseconds, or a string such as `"10 seconds"`.
 *
 * @category models
 * @since 0.1.0
 */
export type TimeSpan =
  | number
  | `${number} ${"millis" | "second" | "seconds" | "minute" | "minutes" | "hour" | "hours" | "day" | "days"}`

/**
 * A function with the shape of `fetch`.
 *
 * @category models
 * @since 0.1.0
 */
export type Fetch = (input: string | URL | Request, init?: RequestInit) => Promise<Response>

/**
 * The settings of a client. Where one is absent, its environment variable is read, when `createSessions` is called; an
 * empty variable is an absent one.
 *
 * @category models
 * @since 0.1.0
 */
export interface SessionsOptions {
  /** The project's API key; a team key does not work here. Else `POWERDRILL_PROJECT_API_KEY`. Required. */
  readonly apiKey?: string | undefined
  /** The base URL, without `/v1/team`. Else `POWERDRILL_BASE_URL`, else `https://ai.data.cloud/api`. */
  readonly baseUrl?: string | undefined
  /**
   * The id of the user whose sessions they are, for calls that do not name one. Else `POWERDRILL_USER_ID`. A call for
   * which none is known rejects with `InvalidRequest`.
   */
  readonly userId?: string | undefined
  /** How long one HTTP request may take. Else `POWERDRILL_ATTEMPT_TIMEOUT`, else 10 seconds. */
  readonly attemptTimeout?: TimeSpan | undefined
  /** How long one call may take, with all its attempts and waits. Else `POWERDRILL_DEADLINE`, else 1 minute. */
  readonly deadline?: TimeSpan | undefined
  /**
   * Allows plain http to a host other than loopback: the key then travels readable by anyone. Else
   * `POWERDRILL_ALLOW_HTTP`, else false.
   */
  readonly allowHttp?: boolean | undefined
  /** Which failures are tried again. Default: `standard`. */
  readonly retry?: RetryPolicy | undefined
  /**
   * Sends the requests instead of the runtime's own `fetch`.
   *
   * **Gotchas**
   *
   * It is given the API key in a header, and told not to follow redirects (`redirect: "manual"`). One that follows them
   * nevertheless hands the key to wherever they lead.
   */
  readonly fetch?: Fetch | undefined
}
