/**
 * A library with hooks, and how to bring it into each situation.
 */
import { Predicate } from "effect"
import { inspect } from "node:util"
import type { SituationKey } from "./Situation.ts"

export interface Library {
  readonly name: string
  /** Those whose versions matter. */
  readonly packages: readonly [string, ...Array<string>]
  /** A text says why it has no such hook. */
  readonly plays: Readonly<Record<SituationKey, Play | string>>
}

export type Play = (stage: Stage) => Promise<Told>

/** What the caller is told. `failed` is an error that does not say what became of the session. */
export interface Told {
  readonly says: "deleted" | "not-deleted" | "unknown" | "failed"
  /** The error, by its name. */
  readonly error?: string
}

export interface Stage {
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  /** What `url` and `headers` are made of. */
  readonly baseUrl: string
  readonly apiKey: string
  readonly userId: string
  readonly sessionId: string
  /** For one attempt, and for one hook, where that can be said. */
  readonly timeoutMillis: number
  /** For the whole call, where that can be said. */
  readonly deadlineMillis: number
  /** Aborted when the caller gives up. */
  readonly signal: AbortSignal
  /** An observer is told. */
  readonly observe: () => void
  /** A hook looks at what it is given. */
  readonly look: (...given: ReadonlyArray<unknown>) => void
  /** For those that delete something else than the session: whether that is gone. */
  readonly insteadOfSession: (isGone: () => boolean) => void
}

export const broken = (): never => {
  throw new Error("broken")
}

export const never = (): Promise<never> => new Promise(() => {})

/** Whether the key is anywhere in what a hook is given. */
export const shows = (given: unknown, key: string): boolean =>
  inspect(given, { depth: 8, getters: true, maxArrayLength: null, maxStringLength: null }).includes(key)

/** What an error says to somebody who knows timeouts and aborts from failures. */
export const failure = (error: unknown): Told => {
  const name = Predicate.isError(error) ? error.name : String(error)
  return { says: name === "TimeoutError" || name === "AbortError" ? "unknown" : "failed", error: name }
}

/** Reads the body of a success, as the page of the operation says: "0 indicates that the operation is successful." */
export const readBody = (body: unknown): Told =>
  Predicate.hasProperty(body, "code") ? { says: body.code === 0 ? "deleted" : "not-deleted" } : { says: "unknown" }
