/**
 * ky. After its readme: "hooks", "ky.retry()" and "ky.stop", which recommends to throw in order to stop. `beforeError` has to
 * answer with an error; `beforeRequest` may answer with a response "to completely avoid making an HTTP request".
 */
import client, { type Hooks, isHTTPError } from "ky"
import { broken, failure, type Library, never, type Play, readBody, type Stage } from "./Library.ts"

export const ky: Library = {
  name: "ky",
  packages: ["ky"],
  plays: {
    beforeThrows: play(() => ({ beforeRequest: [broken] })),
    beforeHangs: play(() => ({ beforeRequest: [never] })),
    afterThrows: play(() => ({ afterResponse: [broken] })),
    afterHangs: play(() => ({ afterResponse: [never] })),
    errorHandled: play(() => ({ beforeError: [() => new Error("It is all right.")] })),
    madeUp: play(() => ({ beforeRequest: [() => Response.json({ code: 0 })] })),
    abandoned: play(({ observe }) => ({
      afterResponse: [observe],
      beforeError: [
        ({ error }) => {
          observe()
          return error
        }
      ]
    })),
    twoObservers: play(({ observe }) => ({ afterResponse: [broken, observe] })),
    retry: play(
      () => ({
        afterResponse: [({ retryCount }) => (retryCount === 0 ? client.retry({ delay: 0 }) : undefined)],
        beforeRetry: [({ error, retryCount }) => (retryCount === 1 ? undefined : raise(error))]
      }),
      2
    ),
    key: play(({ look }) => ({ beforeRequest: [look], afterResponse: [look] }))
  }
}

const raise = (error: Error): never => {
  throw error
}

function play(hooks: (stage: Stage) => Hooks, retries = 0): Play {
  return async (stage) => {
    const { deadlineMillis, headers, signal, timeoutMillis, url } = stage
    try {
      const options = {
        headers,
        signal,
        timeout: timeoutMillis,
        totalTimeout: deadlineMillis,
        retry: { limit: retries },
        hooks: hooks(stage)
      }
      return readBody(await client.delete(url, options).json())
    } catch (error) {
      return isHTTPError(error) ? { says: "not-deleted", error: error.name } : failure(error)
    }
  }
}
