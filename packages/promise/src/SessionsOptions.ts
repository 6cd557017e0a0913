/**
 * The settings of a client.
 *
 * @since 0.1.0
 */
import type { RetryPolicy } from "./CallOptions.ts"
import type { Plugin } from "./Plugin.ts"
import type { TimeSpan } from "./TimeSpan.ts"

/**
 * When a session is read after its delete, to see whether it is gone.
 *
 * **Details**
 *
 * - `never`: what the API says about the delete is all there is.
 * - `doubtful`: when it is not known whether it was deleted. If it is absent, it is; if it is present, and no delete can
 *   still be on its way, it is not; else it stays unknown.
 * - `always`: also after a success; the receipt says whether it was found absent.
 *
 * @category models
 * @since 0.1.0
 */
export type Verify = "never" | "doubtful" | "always"

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
  /**
   * How many requests a second the calls of this client make together, at most; `Infinity` for no limit. Else
   * `POWERDRILL_REQUESTS_PER_SECOND`, else 20, the documented limit of a team. Calls wait for their turn; one that could
   * not begin before its deadline is `RateLimited` at once, by the `budget`.
   */
  readonly requestsPerSecond?: number | undefined
  /** When a session is read after its delete, to see whether it is gone. Else `POWERDRILL_VERIFY`, else `never`. */
  readonly verify?: Verify | undefined
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
  /** Hooks around all calls of this client, the first of them outermost. */
  readonly plugins?: ReadonlyArray<Plugin> | undefined
}
