/**
 * got. After its documentation, "Hooks API" and "Advanced caching mechanisms": `beforeRequest` may answer with a response,
 * `afterResponse` may call `retryWithMergedOptions`, `beforeError` has to answer with an error. "Thrown errors will be
 * automatically converted to RequestError". The deadline is an `AbortSignal`, as it has none of its own.
 */
import client, { type Hooks, HTTPError } from "got"
import ResponseLike from "responselike"
import { broken, failure, type Library, never, type Play, readBody, type Stage } from "./Library.ts"

export const got: Library = {
  name: "got",
  packages: ["got"],
  plays: {
    beforeThrows: play(() => ({ beforeRequest: [broken] })),
    beforeHangs: play(() => ({ beforeRequest: [never] })),
    afterThrows: play(() => ({ afterResponse: [broken] })),
    afterHangs: play(() => ({ afterResponse: [never] })),
    errorHandled: play(() => ({ beforeError: [() => new Error("It is all right.")] })),
    madeUp: play(({ url }) => ({ beforeRequest: [() => madeUp(url)] })),
    abandoned: play(({ observe }) => ({
      afterResponse: [
        (response) => {
          observe()
          return response
        }
      ],
      beforeError: [
        (error) => {
          observe()
          return error
        }
      ]
    })),
    twoObservers: play(({ observe }) => ({
      afterResponse: [
        broken,
        (response) => {
          observe()
          return response
        }
      ]
    })),
    retry: play(
      () => ({
        afterResponse: [(_, retryWithMergedOptions) => retryWithMergedOptions({})],
        beforeRetry: [(error, retryCount) => (retryCount === 1 ? undefined : raise(error))]
      }),
      2
    ),
    key: play(({ look }) => ({ beforeRequest: [({ headers }) => look(headers)] }))
  }
}

const raise = (error: Error): never => {
  throw error
}

const madeUp = (url: string) =>
  new ResponseLike({
    statusCode: 200,
    headers: { "content-type": "application/json" },
    body: Buffer.from(JSON.stringify({ code: 0 })),
    url
  })

function play(hooks: (stage: Stage) => Partial<Hooks>, retries = 0): Play {
  return async (stage) => {
    const { deadlineMillis, headers, signal, timeoutMillis, url } = stage
    try {
      const options = {
        headers: { ...headers },
        signal: AbortSignal.any([signal, AbortSignal.timeout(deadlineMillis)]),
        timeout: { request: timeoutMillis },
        retry: { limit: retries },
        hooks: hooks(stage)
      }
      return readBody(await client.delete(url, options).json())
    } catch (error) {
      return error instanceof HTTPError ? { says: "not-deleted", error: error.name } : failure(error)
    }
  }
}
