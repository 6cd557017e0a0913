/**
 * A way to delete a session, and what somebody who uses it with care can say of the session afterwards.
 */
import { Schema } from "effect"

export type Says = "deleted" | "not-deleted" | "unknown"

export interface Target {
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly timeoutMillis: number
  /** What `url` and `headers` are made of. */
  readonly baseUrl: string
  readonly apiKey: string
  readonly userId: string
  readonly sessionId: string
}

export interface Peer {
  readonly name: string
  /** Those whose versions matter. */
  readonly packages: readonly [string, ...Array<string>]
  readonly delete: (target: Target) => Promise<Says>
}

/**
 * Reads the body of an HTTP 2xx as the page of the operation says: "0 indicates that the operation is successful.
 * Otherwise, the operation fails." A body without a code is not the API's, and says nothing.
 */
export const read = (body: unknown): Says => (hasCode(body) ? (body.code === 0 ? "deleted" : "not-deleted") : "unknown")

const hasCode = Schema.is(Schema.Struct({ code: Schema.Finite }))
