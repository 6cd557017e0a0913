/**
 * Checks ids by the rules of core, and says which of them is wrong and why.
 */
import { type InvalidRequest, type SessionId, type UserId, validate } from "@powerdrill-sessions/core"
import { Result } from "effect"
import { InvalidSelection } from "../InvalidSelection.ts"
import type { Fault } from "./titleRule.ts"

export const toError = ({ at, field, reason, value }: Fault) =>
  new InvalidSelection({
    field,
    reason,
    ...(at === undefined ? undefined : { at }),
    ...(value === undefined ? undefined : { value })
  })

export const invalid = (fault: Fault) => Result.fail(toError(fault))

/** The rules of core, of which each is told in its own words. */
export const checkId = (sessionId: string): Result.Result<SessionId, InvalidRequest> =>
  Result.map(validate({ sessionId, userId: "tmm-1" }), (request) => request.sessionId)

export const checkUser = (userId: string): Result.Result<UserId, InvalidRequest> =>
  Result.map(validate({ sessionId: "04b6", userId }), (request) => request.userId)

export const check = <A>(
  field: string,
  index: number,
  value: string,
  isRight: (value: string) => Result.Result<A, InvalidRequest>
) => Result.mapError(isRight(value), ({ rule }) => toError({ field, at: index + 1, value, reason: `it ${rule}` }))

export const checkAll = <A>(
  field: string,
  values: ReadonlyArray<string>,
  isRight: (value: string) => Result.Result<A, InvalidRequest>
) => Result.all(values.map((value, index) => check(field, index, value, isRight)))
