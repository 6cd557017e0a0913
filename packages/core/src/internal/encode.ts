/**
 * The request on the wire: `DELETE {base}/v1/team/sessions/{sessionId}?userId={userId}`, no body.
 */
import { Redacted } from "effect"
import { type DeleteRequest, toUrl } from "../DeleteRequest.ts"
import type { PowerdrillConfig } from "../PowerdrillConfig.ts"

export interface EncodedRequest {
  readonly method: "DELETE"
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
}

/** Pure and total. */
export const encode = (config: PowerdrillConfig["Service"], request: DeleteRequest): EncodedRequest => ({
  method: "DELETE",
  url: toUrl(request, config.baseUrl),
  headers: {
    accept: "application/json",
    "x-pd-api-key": Redacted.value(config.apiKey),
    ...(request.externalTraceId === undefined ? undefined : { "x-pd-external-trace-id": request.externalTraceId })
  }
})
