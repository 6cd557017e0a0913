/**
 * What a caller asks for: one session of one user, and optionally a trace id for the vendor's support.
 *
 * The rules here are the ones that keep a delete from reaching anything but the session that was named. They are
 * checked before anything is sent; everything they let through arrives at the server unchanged.
 *
 * @since 0.1.0
 */
import { Predicate, Result, Schema } from "effect"
import { brokenRule } from "./internal/brokenRule.ts"
import { InvalidRequest } from "./SessionsError.ts"

const rule = (description: string, holds: (text: string) => boolean) =>
  Schema.makeFilter((text: string) => holds(text) || description)

const wellFormed = rule("must not contain a lone surrogate: it cannot be sent as UTF-8", (text) => text.isWellFormed())
const noControls = rule("must not contain control characters", (text) => !/\p{Cc}/u.test(text))
const notEmpty = rule("must not be empty", (text) => text !== "")
const notPadded = rule(
  "must not begin or end with white space: padding makes another id",
  (text) => text.trim() === text
)
const notDots = rule(
  "must not be a dot segment: a URL parser would collapse it into another path",
  (text) => !/^(?:\.|%2e){1,2}$/i.test(text)
)

/**
 * The id of a session, as the server issued it. Any form is accepted except what cannot name a session: the empty
 * string, `.` and `..` in any spelling a URL parser would collapse, white space at either end, control characters and
 * lone surrogates.
 *
 * @category schemas
 * @since 0.1.0
 */
export const SessionId = Schema.String.check(notEmpty, wellFormed, noControls, notPadded, notDots).pipe(
  Schema.brand("@powerdrill-sessions/core/SessionId")
)

/**
 * @category models
 * @since 0.1.0
 */
export type SessionId = typeof SessionId.Type

/**
 * The id of the user whose session it is: **Users** in the navigation bar of Powerdrill Enterprise lists them.
 *
 * @category schemas
 * @since 0.1.0
 */
export const UserId = Schema.String.check(notEmpty, wellFormed, noControls, notPadded).pipe(
  Schema.brand("@powerdrill-sessions/core/UserId")
)

/**
 * @category models
 * @since 0.1.0
 */
export type UserId = typeof UserId.Type

/**
 * A trace id chosen by the caller and sent as `x-pd-external-trace-id`, so that the vendor's support can find the
 * request: 0 to 128 characters (the API's page "Delete session"), printable ASCII without white space at either end.
 *
 * @category schemas
 * @since 0.1.0
 */
export const ExternalTraceId = Schema.String.check(
  rule("must be at most 128 characters long", (text) => text.length <= 128),
  rule("must be printable ASCII without white space at either end: it travels in a header", (text) =>
    /^(?:[!-~](?:[ -~]*[!-~])?)?$/.test(text)
  )
).pipe(Schema.brand("@powerdrill-sessions/core/ExternalTraceId"))

/**
 * @category models
 * @since 0.1.0
 */
export type ExternalTraceId = typeof ExternalTraceId.Type

/**
 * A request to delete one session. {@link DeleteRequest.Input} is the plain object that callers write.
 *
 * @category models
 * @since 0.1.0
 */
export class DeleteRequest extends Schema.Class<DeleteRequest>("@powerdrill-sessions/core/DeleteRequest")({
  sessionId: SessionId,
  userId: UserId,
  externalTraceId: Schema.optional(ExternalTraceId),
  /** Whether an earlier call for this session ended unknown: see {@link DeleteRequest.Input}. */
  afterUnknown: Schema.optional(Schema.Boolean)
}) {}

/**
 * @since 0.1.0
 */
export declare namespace DeleteRequest {
  /**
   * A request as callers write it, not yet checked.
   *
   * @category models
   * @since 0.1.0
   */
  export interface Input {
    readonly sessionId: string
    readonly userId: string
    readonly externalTraceId?: string | undefined
    /**
     * Says that an earlier call for this session ended unknown, with the same key and user. The call then begins in doubt,
     * as if that had been an attempt of its own: a session that is not found is a receipt with the disposition
     * `absent-after-unknown`, and every failure, also one before anything is sent, has the outcome `unknown`.
     * Default: false.
     */
    readonly afterUnknown?: boolean | undefined
  }
}

const decode = Schema.decodeUnknownResult(DeleteRequest)

/**
 * Checks a request without sending anything. The failure is an {@link InvalidRequest} that names the field and the
 * rule it breaks.
 *
 * @category decoding
 * @since 0.1.0
 */
export const validate = (input: DeleteRequest.Input): Result.Result<DeleteRequest, InvalidRequest> =>
  Result.mapError(
    decode(input),
    (error) =>
      new InvalidRequest({
        ...(Predicate.isObject(input) && Predicate.isString(input.sessionId)
          ? { sessionId: input.sessionId }
          : undefined),
        // What an earlier call left open is not settled by a mistake in this one.
        outcome: Predicate.isObject(input) && input.afterUnknown === true ? "unknown" : "not-deleted",
        attempts: 0,
        ...brokenRule(error, { afterUnknown: "must be true or false" })
      })
  )

/**
 * Where a request goes: `{base}/v1/team/sessions/{sessionId}?userId={userId}` (page "Delete session").
 *
 * **Details**
 *
 * Total for every checked request: what the checks let through neither throws here (lone surrogates) nor is rewritten
 * by a URL parser afterwards (dot segments).
 *
 * @category encoding
 * @since 0.1.0
 */
export const toUrl = ({ sessionId, userId }: DeleteRequest, baseUrl: string): string =>
  `${baseUrl}/v1/team/sessions/${encodeURIComponent(sessionId)}?userId=${encodeURIComponent(userId)}`
