/**
 * An answer on its way out, as plain values that a fault can change and take apart.
 */
import { Clock, Effect } from "effect"
import { HttpServerResponse } from "effect/http"
import { STATUS_CODES } from "node:http"
import type { Answers } from "../Answers.ts"
import type { FaultAnswer } from "../Fault.ts"
import { refusal, toResponse } from "./answer.ts"

export interface Message {
  readonly status: number
  /** With lower-case names, and without those that frame the body. */
  readonly headers: Readonly<Record<string, string>>
  readonly body: Uint8Array
  /** The code of the envelope, where the body is one. */
  readonly code: number | undefined
}

export const fromResponse = (response: HttpServerResponse.HttpServerResponse, code: number | undefined): Message => {
  const { "content-length": _, ...headers } = response.headers
  // Nothing that the API answers is streamed.
  const body = response.body._tag === "Uint8Array" ? response.body.body : new Uint8Array()
  return { status: response.status, headers, body, code }
}

export const toHttp = ({ body, headers, status }: Message): HttpServerResponse.HttpServerResponse =>
  HttpServerResponse.uint8Array(body, { status, headers, contentType: headers["content-type"] })

/** What a fault says, in place of what is true. */
export const instead = Effect.fnUntraced(function* (answers: Answers, truth: Message, answer: FaultAnswer) {
  const said = answer.code === undefined ? truth : envelope(answers, truth, answer.code, answer.msg)
  const retryAfter =
    answer.retryAfter === undefined || typeof answer.retryAfter === "string"
      ? answer.retryAfter
      : httpDate((yield* Clock.currentTimeMillis) + answer.retryAfter.inSeconds * 1000)
  const body = answer.body === undefined ? said.body : encoder.encode(answer.body)
  const message: Message = {
    status: answer.status ?? said.status,
    headers: {
      ...said.headers,
      ...(retryAfter === undefined ? {} : { "retry-after": retryAfter }),
      ...answer.headers
    },
    body: body.length < (answer.padTo ?? 0) ? pad(body, answer.padTo ?? 0) : body,
    code: answer.body === undefined ? said.code : undefined
  }
  return message
})

const encoder = new TextEncoder()

const envelope = (answers: Answers, truth: Message, code: number | string | null, msg: string | undefined): Message => {
  const headers = { ...truth.headers, "content-type": "application/json" }
  const known = typeof code === "number" && code !== 0 ? refusal(answers, code) : { httpStatus: 200, msg: undefined }
  const data = code === 0 || code === "0" ? null : undefined
  return {
    status: known.httpStatus,
    headers,
    body: encoder.encode(JSON.stringify({ code, data, msg: msg ?? known.msg })),
    code: typeof code === "number" ? code : undefined
  }
}

/** The true answer of a server that did not act on a request. */
export const neverActed = (answers: Answers): Message => fromResponse(toResponse(refusal(answers, 9999)), 9999)

const pad = (body: Uint8Array, length: number): Uint8Array => {
  const padded = new Uint8Array(length).fill(0x20)
  padded.set(body)
  return padded
}

const httpDate = (millis: number): string => new Date(millis).toUTCString()

/** The message as bytes, with the position at which its body begins. */
export const toWire = (
  message: Message,
  withBody: boolean
): { readonly bytes: Uint8Array; readonly bodyAt: number } => {
  const lines = [
    `HTTP/1.1 ${message.status} ${STATUS_CODES[message.status] ?? ""}`,
    ...Object.entries({ ...message.headers, "content-length": message.body.length }).map(
      ([name, value]) => `${name}: ${value}`
    )
  ]
  const head = encoder.encode(lines.join("\r\n") + "\r\n\r\n")
  const bytes = new Uint8Array(head.length + (withBody ? message.body.length : 0))
  bytes.set(head)
  if (withBody) bytes.set(message.body, head.length)
  return { bytes, bodyAt: head.length }
}
