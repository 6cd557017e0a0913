/**
 * The request on the wire: `{method} {base}/v1/team/sessions/{sessionId}?userId={userId}`, no body. The same for the
 * delete and for the read that verifies it.
 */
import { Redacted } from "effect"
import { type DeleteRequest, toUrl } from "../DeleteRequest.ts"
import type { PowerdrillConfig } from "../PowerdrillConfig.ts"

export interface EncodedRequest {
  readonly method: "DELETE" | "GET"
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
}

/** Pure and total. */
export const encode = (
  method: EncodedRequest["method"],
  config: PowerdrillConfig["Service"],
  request: DeleteRequest
): EncodedRequest => ({
  method,
  url: toUrl(request, config.baseUrl),
  headers: {
    accept: "application/json",
    "x-pd-api-key": Redacted.value(config.apiKey),
    ...(request.externalTraceId === undefined ? undefined : { "x-pd-external-trace-id": request.externalTraceId })
  }
})
