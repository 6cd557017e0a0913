/**
 * before-after-hook, the hooks of Octokit, around a delete with the platform's `fetch` that throws unless `code` is 0. After
 * its README: "Singular hook", and `before`, `error`, `after` and `wrap` in "Hook collection API". It knows of no requests,
 * retries and headers: these are the method's.
 */
import Hook from "before-after-hook"
import { broken, failure, type Library, never, type Play, readBody, type Stage, type Told } from "./Library.ts"

export const beforeAfterHook: Library = {
  name: "before-after-hook",
  packages: ["before-after-hook"],
  plays: {
    beforeThrows: play((hook) => hook.before(broken)),
    beforeHangs: play((hook) => hook.before(never)),
    afterThrows: play((hook) => hook.after(broken)),
    afterHangs: play((hook) => hook.after(never)),
    errorHandled: play((hook) => hook.error(() => ({ code: 0 }))),
    madeUp: play((hook) => hook.wrap(() => ({ code: 0 }))),
    abandoned: play((hook, { observe }) => {
      hook.after(observe)
      hook.error((error) => {
        observe()
        throw error
      })
    }),
    twoObservers: play((hook, { observe }) => {
      hook.after(broken)
      hook.after(observe)
    }),
    retry: "knows of no retry",
    key: "sees what the method is given"
  }
}

type Singular = InstanceType<typeof Hook.Singular<{ readonly sessionId: string }, unknown, unknown>>

function play(register: (hook: Singular, stage: Stage) => void): Play {
  return async (stage): Promise<Told> => {
    const { headers, sessionId, signal, timeoutMillis, url } = stage
    const hook = new Hook.Singular<{ readonly sessionId: string }, unknown, unknown>()
    register(hook, stage)
    const remove = async (): Promise<unknown> => {
      const either = AbortSignal.any([signal, AbortSignal.timeout(timeoutMillis)])
      const response = await fetch(url, { method: "DELETE", headers, signal: either })
      const body: unknown = await response.json()
      if (!response.ok || readBody(body).says !== "deleted") throw new Error("It was not deleted.")
      return body
    }
    try {
      return readBody(await hook(remove, { sessionId }))
    } catch (error) {
      return failure(error)
    }
  }
}
