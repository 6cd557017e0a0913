/**
 * What a transport can do to make reading short.
 *
 * @since 0.1.0
 */
import { type Effect, Predicate } from "effect"
import type { HttpClientError, HttpClientResponse } from "effect/http"

/**
 * The response of an `HttpClient` that can itself read a body up to a limit. All others are read as the streams that they
 * are, which takes longer.
 *
 * @category models
 * @since 0.1.0
 */
export interface BoundedResponse extends HttpClientResponse.HttpClientResponse {
  /** Reads the body, and no more of it than so many bytes. Interrupted, it lets go of the connection. */
  readonly textUpTo: (bytes: number) => Effect.Effect<BoundedResponse.Text, HttpClientError.HttpClientError>
}

/**
 * @since 0.1.0
 */
export declare namespace BoundedResponse {
  /**
   * What has been read.
   *
   * @category models
   * @since 0.1.0
   */
  export interface Text {
    /** UTF-8; without what lies beyond the limit, or some of it. */
    readonly body: string
    /** Whether that is all of it. */
    readonly whole: boolean
  }
}

/**
 * @category guards
 * @since 0.1.0
 */
export const isBoundedResponse = (response: HttpClientResponse.HttpClientResponse): response is BoundedResponse =>
  Predicate.hasProperty(response, "textUpTo")
