/**
 * What spans tell of a request, in the words of OpenTelemetry's conventions for HTTP clients. There is no `url.full`: the
 * user id is in it.
 */
import { Predicate, Schema, type Tracer } from "effect"
import type { PowerdrillConfig } from "../PowerdrillConfig.ts"
import { SessionsError } from "../SessionsError.ts"
import type { Answer } from "./classify.ts"
import type { EncodedRequest } from "./encode.ts"
import { remembered } from "./remembered.ts"

/** `sent` is how often the same request was sent before. */
export const clientSpan = (
  method: EncodedRequest["method"],
  { baseUrl }: PowerdrillConfig["Service"],
  sent: number,
  template = "/v1/team/sessions/{sessionId}"
): Tracer.SpanOptionsNoTrace => ({
  kind: "client",
  attributes: {
    "http.request.method": method,
    ...server(baseUrl),
    "url.template": template,
    ...(sent === 0 ? undefined : { "http.request.resend_count": sent })
  }
})

const server = remembered((baseUrl: string) => {
  const { hostname, port, protocol } = new URL(baseUrl)
  return {
    "server.address": hostname.replace(/^\[(.*)\]$/, "$1"),
    "server.port": port === "" ? (protocol === "https:" ? 443 : 80) : Number(port),
    "url.scheme": protocol.slice(0, -1)
  }
})

/** The HTTP status of an answer, where it has one. */
export const statusOf = (answer: Answer): Record<string, unknown> =>
  answer._tag === "NotSent" || answer.httpStatus === undefined ? {} : { "http.response.status_code": answer.httpStatus }

const isSessionsError = Schema.is(SessionsError)
const encodeError = Schema.encodeSync(SessionsError)
const decodeError = Schema.decodeUnknownSync(SessionsError)

/**
 * An error without the user id, which the API or a plugin may have put into its text. Of one that a plugin has added
 * nobody knows where that is: its tag is what is shown.
 */
export const withoutUserId =
  (userId: string) =>
  (error: unknown): unknown => {
    if (!isSessionsError(error)) return new Error(Predicate.hasProperty(error, "_tag") ? String(error._tag) : "Error")
    const clean = (text: string) =>
      text.replaceAll(userId, "<redacted>").replaceAll(encodeURIComponent(userId), "<redacted>")
    if (error._tag === "Vetoed") return decodeError({ ...encodeError(error), reason: clean(error.reason) })
    return "msg" in error && error.msg !== undefined
      ? decodeError({ ...encodeError(error), msg: clean(error.msg) })
      : error
  }
