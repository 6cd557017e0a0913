/**
 * The emulator's record of what clients really sent.
 *
 * @since 0.1.0
 */

/**
 * One HTTP request that arrived, and how it was answered.
 *
 * **Details**
 *
 * - `path` is the request target exactly as on the wire: percent-encoding and query untouched.
 * - `headers` have lower-case names; the value of `x-pd-api-key` is replaced by `<redacted>`.
 * - `answer` is missing while the request is under way, and for good when the client gave up first.
 * - `answer.code` is missing where the body is not an envelope (an unknown route, the documentation).
 *
 * @since 0.1.0
 */
export interface ReceivedRequest {
  readonly method: string
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly answer?: {
    readonly status: number
    readonly code?: number
    readonly traceId: string
  }
}
