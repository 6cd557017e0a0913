/**
 * A session as the API lists it.
 *
 * @since 0.1.0
 */

/**
 * What the API tells of a session in a listing, and when it is read alone: a frozen plain object.
 *
 * **Details**
 *
 * `id` is as the server issued it, and never empty. All else is absent where the API leaves it out, or gives it in
 * another form than documented.
 *
 * **Gotchas**
 *
 * There are no times: the API gives none, here or elsewhere. So sessions cannot be selected by age.
 *
 * @category models
 * @since 0.1.0
 */
export interface SessionSummary {
  readonly id: string
  readonly title?: string
  /** Whose session it is. */
  readonly userId?: string
  readonly agentId?: string
  readonly jobMode?: string
  readonly languageType?: string
  readonly maxMessagesInContext?: number
}
