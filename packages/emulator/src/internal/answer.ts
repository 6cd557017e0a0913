/**
 * What the API can answer, as plain values, and how each becomes a response.
 */
import { Duration } from "effect"
import { HttpServerResponse } from "effect/http"
import type { Answers, ScriptedAnswer } from "../Answers.ts"

/** An envelope and the HTTP status and header that go with it. A code other than 0 never carries data. */
export interface Answer {
  readonly code: number
  readonly httpStatus: number
  readonly data?: unknown
  readonly msg?: string | undefined
  readonly retryAfter?: Duration.Input | undefined
}

export const success = (data: unknown): Answer => ({ code: 0, httpStatus: 200, data })

const meanings = new Map([
  [100, "Bad request"],
  [201, "Request frequency limit"],
  [1002, "API key expired"],
  [1003, "Insufficient permissions of the API key"],
  [1004, "Invalid API key"],
  [9999, "Internal error"],
  [100001, "Invalid operation"],
  [300001, "Invalid parameters"],
  [300002, "No permissions"],
  [300003, "Session not found"],
  [300009, "Too many sessions, delete unnecessary sessions"]
])

const httpStatusOf = (answers: Answers, code: number): number => {
  switch (code) {
    case 201:
      return answers.rateLimited ?? 200
    case 1002:
    case 1003:
      return 403
    case 1004:
      return answers.invalidKey ?? 403
    case 9999:
      return answers.internalError ?? 200
    case 300001:
      return 400
    case 300003:
      return answers.notFound ?? 200
    default:
      return 200
  }
}

export const refusal = (answers: Answers, code: number, detail?: string): Answer => {
  const meaning = meanings.get(code) ?? `Error ${code}`
  const msg = detail === undefined ? meaning : `${meaning}: ${detail}`
  return { code, httpStatus: httpStatusOf(answers, code), msg }
}

export const badRequest = (answers: Answers, detail: string): Answer =>
  refusal(answers, answers.badRequest === "300001 at 400" ? 300001 : 100, detail)

export const scripted = (answers: Answers, script: ScriptedAnswer): Answer => {
  const documented = script.code === 0 ? success(null) : refusal(answers, script.code)
  return {
    ...documented,
    httpStatus: script.httpStatus ?? documented.httpStatus,
    msg: script.msg ?? documented.msg,
    retryAfter: script.retryAfter
  }
}

export const toResponse = (answer: Answer): HttpServerResponse.HttpServerResponse => {
  const { code, data, httpStatus, msg, retryAfter } = answer
  return HttpServerResponse.jsonUnsafe(
    { code, data, msg },
    {
      status: httpStatus,
      headers:
        retryAfter === undefined
          ? {}
          : { "retry-after": String(Math.ceil(Duration.toSeconds(Duration.fromInputUnsafe(retryAfter)))) }
    }
  )
}
