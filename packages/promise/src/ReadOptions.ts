/**
 * What one read can do differently.
 *
 * @since 0.1.0
 */

/**
 * The options of a `find`.
 *
 * @category models
 * @since 0.1.0
 */
export interface FindOptions {
  /** The id of the user whose session it is, instead of the client's. */
  readonly userId?: string | undefined
  /** Stops the read, which then rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined
}

/**
 * The options of a listing.
 *
 * @category models
 * @since 0.1.0
 */
export interface ListOptions extends FindOptions {
  /** Only sessions with this text in their title; not empty. What exactly that means is up to the API. */
  readonly titleContains?: string | undefined
}
