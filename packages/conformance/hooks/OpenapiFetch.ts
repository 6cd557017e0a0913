/**
 * openapi-fetch. After its documentation, "Middleware & Auth": `onRequest` may answer with a response, "the request will not
 * be sent" then; `onError`, for errors of `fetch`, may answer with a response or an error; `onResponse` runs in reverse
 * order. It has no timeouts (the platform's `AbortSignal.timeout` is used) and no retries.
 */
import createClient, { type Middleware } from "openapi-fetch"
import { broken, failure, type Library, never, type Play, readBody, type Stage } from "./Library.ts"

export const openapiFetch: Library = {
  name: "openapi-fetch",
  packages: ["openapi-fetch"],
  plays: {
    beforeThrows: play(() => [{ onRequest: broken }]),
    beforeHangs: play(() => [{ onRequest: never }]),
    afterThrows: play(() => [{ onResponse: broken }]),
    afterHangs: play(() => [{ onResponse: never }]),
    errorHandled: play(() => [{ onError: () => Response.json({ code: 0 }) }]),
    madeUp: play(() => [{ onRequest: () => Response.json({ code: 0 }) }]),
    abandoned: play(({ observe }) => [{ onResponse: observe, onError: observe }]),
    twoObservers: play(({ observe }) => [{ onResponse: observe }, { onResponse: broken }]),
    retry: "has no retries",
    key: play(({ look }) => [{ onRequest: look, onResponse: look }])
  }
}

interface Paths {
  "/v1/team/sessions/{id}": {
    delete: {
      parameters: { path: { id: string }; query: { userId: string } }
      responses: { 200: { content: { "application/json": unknown } } }
    }
  }
}

function play(middlewares: (stage: Stage) => Array<Middleware>): Play {
  return async (stage) => {
    const { baseUrl, headers, sessionId, signal, timeoutMillis, userId } = stage
    const client = createClient<Paths>({ baseUrl, headers })
    client.use(...middlewares(stage))
    try {
      const { data, response } = await client.DELETE("/v1/team/sessions/{id}", {
        params: { path: { id: sessionId }, query: { userId } },
        signal: AbortSignal.any([signal, AbortSignal.timeout(timeoutMillis)])
      })
      return response.ok ? readBody(data) : { says: "not-deleted" }
    } catch (error) {
      return failure(error)
    }
  }
}
