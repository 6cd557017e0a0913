/**
 * A team at an API that allows it so many requests a second, and work for its clients: so many sessions to delete.
 */
import { type Effect, Schema, type Scope } from "effect"
import type { HttpClient } from "effect/http"
import { fixedWindow, slidingWindow, tokenBucket } from "../../core/test/support/Limit.ts"

export const kinds = { fixed: fixedWindow, sliding: slidingWindow, bucket: tokenBucket }

/** How the API counts: by the clock's second, by the last second, or by a bucket. */
export const Kind = Schema.Literals(["fixed", "sliding", "bucket"])

export type Kind = typeof Kind.Type

export const isKind = Schema.is(Kind)

export interface Team {
  readonly kind: Kind
  /** The limit that the documentation states, in requests a second. */
  readonly documented: number
  /** The limit in truth, from so many seconds on; the documented one before, and where none is given. */
  readonly changes?: ReadonlyArray<readonly [from: number, limit: number]>
  /** How many requests a second somebody else makes. */
  readonly foreign?: number
  readonly sessions: number
  /** How many programs share the work. */
  readonly clients?: number
}

/** A program that deletes: tells when a session is gone, fails where it has given up. */
export type Client = (sessionId: string) => Effect.Effect<unknown, unknown>

export interface Contender {
  readonly name: string
  /** So many programs that together are to keep under a limit. */
  readonly make: (
    documented: number,
    clients: number
  ) => Effect.Effect<ReadonlyArray<Client>, never, HttpClient.HttpClient | Scope.Scope>
}

/** An answer of the API, with the status that peers know beside the code of the API. */
export const answerOf = (admitted: boolean) => ({
  body: JSON.stringify({ code: admitted ? 0 : 201 }),
  status: admitted ? 200 : 429
})
