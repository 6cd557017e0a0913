/**
 * The same delete as people write it with other libraries, each with its own retries.
 */
import axios from "axios"
import axiosRetry from "axios-retry"
import { Effect, Schedule, Schema } from "effect"
import { FetchHttpClient, HttpClient, HttpClientRequest, HttpClientResponse } from "effect/http"
import got from "got"
import ky from "ky"
import pRetry from "p-retry"
import { contender, loop } from "./Comparison.ts"

/** As the ai-docs of Effect have it: a schema for the answer, a timeout, retries of what passes. */
const textbook = (url: URL, headers: Record<string, string>) =>
  HttpClient.HttpClient.use((client) =>
    client
      .pipe(HttpClient.filterStatusOk, HttpClient.retryTransient({ times: 3, schedule: Schedule.exponential(100) }))
      .execute(HttpClientRequest.delete(url.origin + url.pathname, { urlParams: url.searchParams, headers }))
      .pipe(
        Effect.flatMap(HttpClientResponse.schemaBodyJson(Schema.Struct({ code: Schema.Literal(0) }))),
        Effect.timeout("10 seconds")
      )
  ).pipe(Effect.provide(FetchHttpClient.layer))

/** Each deletes what is at the URL. */
export const byOthers = (url: string, headers: Record<string, string>) => {
  const client = axios.create({ headers })
  axiosRetry(client)
  return [
    contender("an Effect pipeline as in its documentation", textbook(new URL(url), headers)),
    loop("`ky`", async () => check(await ky.delete(url, { headers }).json())),
    loop("`got`", async () => check(await got.delete(url, { headers }).json())),
    loop("`axios`, `axios-retry`", async () => check((await client.delete(url)).data)),
    loop("fetch, `p-retry`", () =>
      pRetry(async () => {
        const response = await fetch(url, { method: "DELETE", headers })
        if (!response.ok) throw new Error(`HTTP ${response.status}`)
        check(await response.json())
      })
    )
  ]
}

export const check = (answer: unknown): void => {
  if (typeof answer !== "object" || answer === null || !("code" in answer) || answer.code !== 0)
    throw new Error("It is not deleted.")
}
