import {
  createSessions,
  type SessionsError,
  type DeleteResult,
  type SessionsOptions
} from "@powerdrill-sessions/promise"
import { assert } from "@effect/vitest"
import { canary, type Server } from "./Server.ts"

/** A client of a server of this test, without retries unless they are asked for. */
export const clientOf = (server: Server, options: SessionsOptions = {}) =>
  createSessions({
    apiKey: canary,
    userId: "tmm-1=",
    baseUrl: `${server.url}/app/api`,
    retry: "none",
    requestsPerSecond: Infinity,
    ...options
  })

/** A client over a function. */
export const clientOver = (fetch: NonNullable<SessionsOptions["fetch"]>, options: SessionsOptions = {}) =>
  createSessions({ apiKey: canary, userId: "tmm-1=", retry: "none", requestsPerSecond: Infinity, fetch, ...options })

export const answer = (body: unknown, headers: Record<string, string> = {}) =>
  Promise.resolve(new Response(JSON.stringify(body), { headers }))

/** What a promise is rejected with. */
export const rejection = async (promise: Promise<unknown>): Promise<unknown> => {
  try {
    await promise
  } catch (error) {
    return error
  }
  return assert.fail("It was not rejected.")
}

/** The error that a call under `try` has ended with. */
export const errorOf = async <E extends SessionsError>(ending: Promise<DeleteResult<E>>): Promise<E> => {
  const result = await ending
  return result.ok ? assert.fail(`It succeeded: ${result.receipt.disposition}`) : result.error
}
