/**
 * The request on the wire: `{method} {base}/v1/team/sessions/{sessionId}?userId={userId}`, no body. The same for the
 * delete and for the reads of one session; and the pages of a listing.
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
  headers: headers(config, request.externalTraceId)
})

/** A page of a listing. */
export interface PageRequest {
  readonly userId: string
  readonly title: string | undefined
  readonly externalTraceId: string | undefined
  /** Counted from 1. */
  readonly pageNumber: number
  readonly pageSize: number
}

/** `GET {base}/v1/team/sessions?userId=&pageNumber=&pageSize=&title=`. Total for texts without lone surrogates. */
export const encodePage = (config: PowerdrillConfig["Service"], page: PageRequest): EncodedRequest => ({
  method: "GET",
  url:
    `${config.baseUrl}/v1/team/sessions?userId=${encodeURIComponent(page.userId)}` +
    `&pageNumber=${page.pageNumber}&pageSize=${page.pageSize}` +
    (page.title === undefined ? "" : `&title=${encodeURIComponent(page.title)}`),
  headers: headers(config, page.externalTraceId)
})

const headers = ({ apiKey }: PowerdrillConfig["Service"], externalTraceId: string | undefined) => ({
  accept: "application/json",
  "x-pd-api-key": Redacted.value(apiKey),
  ...(externalTraceId === undefined ? undefined : { "x-pd-external-trace-id": externalTraceId })
})
