/**
 * What plugins of promises can do, and what they cannot, over real sockets.
 */
import {
  createSessions,
  definePlugin,
  InvalidConfig,
  OutcomeUnknown,
  type Plugin,
  RateLimited,
  type SessionsOptions,
  veto
} from "@powerdrill-sessions/promise"
import { afterEach, assert, beforeEach, describe, it, vi } from "@effect/vitest"
import { inspect } from "node:util"
import { canary, json, reset, serve, type Server, silence, success } from "./support/Server.ts"
import { answer, clientOf, clientOver, errorOf, rejection } from "./support/sessions.ts"

const limited = json({ code: 201 })

/** The lines that are logged. */
let lines: Array<string> = []

beforeEach(() => {
  lines = []
  vi.spyOn(console, "log").mockImplementation((...args) => void lines.push(inspect(args)))
})

afterEach(() => {
  vi.restoreAllMocks()
})

/** An observer that keeps what it is told. */
const recorder = (name = "recorder") => {
  const told: Array<Plugin.Outcome> = []
  const attempts: Array<Plugin.Attempt> = []
  const retries: Array<Plugin.Retry> = []
  return {
    told,
    attempts,
    retries,
    plugin: definePlugin({
      name,
      onAttempt: (attempt) => attempts.push(attempt),
      onRetry: (retry) => void retries.push(retry),
      after: (outcome) => told.push(outcome)
    })
  }
}

/** How a call of a client with these plugins ends, told as a line. */
const ends = async (server: Server, plugins: ReadonlyArray<Plugin>, options: SessionsOptions = {}): Promise<string> => {
  await using sessions = clientOf(server, { ...options, plugins })
  const result = await sessions.try.delete("04b6")
  return result.ok ? result.receipt.disposition : result.error.message
}

const broken = () => {
  throw new Error(`broken ${canary}`)
}

/** What a program in JavaScript might give. */
const untyped = (hook: () => unknown) => Reflect.get(Object({ hook }), "hook")

const never = () => new Promise<never>(() => {})

describe("guards", () => {
  const refusals: ReadonlyArray<
    readonly [what: string, before: NonNullable<Plugin["before"]>, reason: RegExp, broken?: true]
  > = [
    ["vetoes", () => veto("it is under a legal hold."), /^it is under a legal hold$/],
    ["vetoes later", async () => veto("it is under a legal hold"), /^it is under a legal hold$/],
    ["throws", broken, /^its guard failed: broken <redacted>$/],
    ["rejects", () => Promise.reject(new Error("no database.")), /^its guard failed: no database$/],
    ["rejects with nothing", () => Promise.reject(), /^its guard failed: undefined$/],
    ["throws what cannot be shown", () => Promise.reject(Object.create(null)), /^its guard failed: .*cannot be told$/],
    ["returns false", () => false, /^its guard returned false$/],
    ["resolves to false", async () => false, /^its guard returned false$/],
    ["returns an error", untyped(() => new Error("no")), /^its guard failed: no$/],
    ["never settles", never, /^its guard took longer than 20ms$/, true]
  ]
  for (const [what, before, reason, isBroken] of refusals) {
    it(`B21 one that ${what} is a veto: nothing is sent, and the error names plugin and reason`, async () => {
      await using server = await serve(success)
      const { plugin, told } = recorder()
      await using sessions = clientOf(server, { plugins: [plugin, { name: "guard", timeout: 20, before }] })
      const error = await rejection(sessions.delete("04b6"))
      assert.deepInclude(error, { _tag: "Vetoed", plugin: "guard", outcome: "not-deleted", attempts: 0 })
      assert.match(String(Reflect.get(Object(error), "reason")), reason)
      assert.strictEqual(Reflect.get(Object(error), "broken"), isBroken)
      assert.deepStrictEqual(
        told.map(({ _tag, attempts }) => [_tag, attempts]),
        [["Vetoed", 0]]
      )
      assert.strictEqual(server.arrivals.length, 0)
    })
  }

  it("all else is a yes, and each is asked once, in order, with what was asked for", async () => {
    await using server = await serve(limited, success)
    const asked: Array<unknown> = []
    const guard = (name: string, before: () => boolean | void | Promise<boolean | void>) =>
      definePlugin({ name, before: (call) => (asked.push(name, Object.isFrozen(call), { ...call }), before()) })
    const plugins = [
      guard("a", () => {}),
      guard("b", () => true),
      guard("c", () => Promise.resolve()),
      guard("d", () => false),
      guard("e", () => {})
    ]
    assert.match(await ends(server, plugins), /"d" refused/)
    const call = { method: "delete", sessionId: "04b6", userId: "tmm-1=" }
    assert.deepStrictEqual(
      asked,
      ["a", "b", "c", "d"].flatMap((name) => [name, true, call])
    )
    assert.strictEqual(await ends(server, plugins.slice(0, 3), { retry: "standard" }), "deleted")
    assert.strictEqual(asked.length, 12 + 9)
  })

  it("are told by their signal that nobody waits any more, for time or for an abort", async () => {
    await using server = await serve(success)
    const controller = new AbortController()
    for (const timeout of [20, "1 minute"] as const) {
      let stopped = 0
      const patient = definePlugin({
        name: "patient",
        timeout,
        before: (_, { signal }) =>
          new Promise((_, reject) => {
            signal.addEventListener("abort", () => {
              stopped++
              reject(new Error("stopped"))
            })
            if (timeout !== 20) controller.abort()
          })
      })
      await using sessions = clientOf(server, { plugins: [patient] })
      const error = await errorOf(sessions.try.delete("04b6", { signal: controller.signal }))
      assert.strictEqual(error._tag, timeout === 20 ? "Vetoed" : "Aborted")
      assert.strictEqual(error.outcome, "not-deleted")
      assert.strictEqual(stopped, 1)
    }
    assert.strictEqual(server.arrivals.length, 0)
  })

  it("keep this, and stay in force when somebody changes the plugin", async () => {
    await using server = await serve(success)
    class Holds implements Plugin {
      readonly name = "holds"
      #held = new Set(["04b6"])
      before: Plugin["before"] = this.check
      check(this: void): never
      check(this: Holds, call: Plugin.Call): boolean
      check(this: Holds | void, call?: Plugin.Call) {
        return !(this instanceof Holds && this.#held.has(call?.sessionId ?? ""))
      }
    }
    const holds = new Holds()
    await using sessions = clientOf(server, { plugins: [holds] })
    holds.before = undefined
    assert.strictEqual((await errorOf(sessions.try.delete("04b6")))._tag, "Vetoed")
    assert.strictEqual((await sessions.delete("04b7")).disposition, "deleted")
  })
})

describe("observers", () => {
  const hostile: ReadonlyArray<readonly [what: string, hook: () => unknown]> = [
    ["throws", broken],
    ["rejects", () => Promise.reject(new Error(canary))],
    ["rejects with what cannot be shown", () => Promise.reject(Object.create(null))],
    ["never settles", never]
  ]
  for (const [what, hook] of hostile) {
    it(`B22 one that ${what} changes nothing but a log line`, async () => {
      await using server = await serve(limited, success)
      const { attempts, plugin, told } = recorder()
      const bad: Plugin = { name: "bad", timeout: 20, onAttempt: hook, after: hook }
      const worse = { name: "worse", timeout: 20, onRetry: hook }
      await using sessions = Reflect.apply(createSessions, undefined, [
        {
          apiKey: canary,
          userId: "tmm-1",
          baseUrl: server.url,
          requestsPerSecond: Infinity,
          plugins: [bad, plugin, worse]
        }
      ])
      assert.strictEqual((await sessions.delete("04b6")).disposition, "deleted")
      assert.deepStrictEqual(
        attempts.map(({ outcome }) => outcome),
        ["not-deleted", "deleted"]
      )
      assert.deepStrictEqual(
        told.map(({ _tag }) => _tag),
        ["Deleted"]
      )
      // onAttempt twice, onRetry, after.
      assert.strictEqual(lines.length, 4)
      assert.notInclude(lines.join("\n"), canary)
    })
  }

  it("B28 what they reject with later is nobody's: no unhandled rejection", async () => {
    await using server = await serve(success)
    const unhandled: Array<unknown> = []
    const onUnhandled = (reason: unknown) => void unhandled.push(reason)
    process.on("unhandledRejection", onUnhandled)
    const late: Array<PromiseWithResolvers<never>> = []
    const hang = () => {
      const deferred = Promise.withResolvers<never>()
      late.push(deferred)
      return deferred.promise
    }
    await ends(server, [{ name: "late", timeout: 10, onAttempt: hang, after: hang }])
    await ends(server, [{ name: "late", timeout: 10, before: hang }])
    await ends(server, [{ name: "late", around: hang }], { deadline: 20 })
    await ends(server, [
      {
        name: "careless",
        around: (_, next) => {
          void next()
          throw new Error("no patience")
        }
      }
    ])
    for (const { reject } of late) reject(new Error("too late"))
    await new Promise((resolve) => setTimeout(resolve, 20))
    process.off("unhandledRejection", onUnhandled)
    assert.strictEqual(late.length, 4)
    assert.deepStrictEqual(unhandled, [])
  })

  it("are told of attempts, retries and the ending, with numbers and dates", async () => {
    await using server = await serve(json({ code: 201 }, 429, { "x-pd-trace-id": "t-1" }), success)
    const { attempts, plugin, retries, told } = recorder()
    assert.strictEqual(await ends(server, [plugin], { retry: "standard" }), "deleted")
    const [refused, done] = attempts
    assert.deepInclude(refused, { attempt: 1, outcome: "not-deleted", httpStatus: 429, traceId: "t-1" })
    assert.instanceOf(refused?.error, RateLimited)
    assert.deepInclude(done, { attempt: 2, outcome: "deleted", disposition: "deleted", httpStatus: 200 })
    for (const { durationMillis, queuedMillis } of attempts) assert.isAtLeast(durationMillis + queuedMillis, 0)
    assert.deepInclude(retries[0], { attempt: 1, error: refused?.error })
    assert.isAtMost(retries[0]?.waitMillis ?? NaN, 250)
    const [ending] = told
    assert.deepInclude(ending, { _tag: "Deleted", attempts: 2 })
    assert.isTrue(ending?._tag === "Deleted" && ending.receipt.finishedAt instanceof Date)
    assert.isAtLeast(ending?.durationMillis ?? NaN, 0)
  })

  it("B23 exactly one after per call, however it ends", async () => {
    const { plugin, told } = recorder()
    const breaking = () => Promise.resolve(Object.create({}, { status: { get: broken } }))
    for (const server of [await serve(success), await serve(json({ code: 300003 })), await serve(reset)]) {
      await using _ = server
      await ends(server, [plugin])
    }
    await using server = await serve(silence)
    await ends(server, [plugin, { name: "no", before: () => veto("no") }])
    await using sessions = clientOf(server, { plugins: [plugin] })
    const controller = new AbortController()
    const aborted = errorOf(sessions.try.delete("04b6", { signal: controller.signal }))
    await server.arrived(1)
    controller.abort()
    await aborted
    await errorOf(clientOver(breaking, { plugins: [plugin] }).try.delete("04b6"))
    // Neither of these has begun.
    await errorOf(sessions.try.delete(".."))
    await errorOf(sessions.try.delete("04b6", { signal: controller.signal }))
    assert.deepStrictEqual(
      told.map(({ _tag }) => _tag),
      ["Deleted", "NotDeleted", "Unknown", "Vetoed", "Interrupted", "Died"]
    )
    assert.notInclude(inspect(told, { depth: 9 }), canary)
  })
})

describe("errors", () => {
  it("B22 B24 no hook can change what one says: it is the caller's", async () => {
    await using server = await serve(reset)
    const spoil = (error: object | undefined) => {
      for (const field of ["outcome", "attempts", "reason"]) Reflect.set(error ?? {}, field, "not-deleted")
      Reflect.defineProperty(error ?? {}, "outcome", { value: "not-deleted" })
    }
    const spoiling = definePlugin({
      name: "spoiling",
      onAttempt: ({ error }) => spoil(error),
      around: (_, next) =>
        next().catch((error: object) => {
          spoil(error)
          throw error
        }),
      onRetry: ({ error }) => spoil(error),
      after: (outcome) => "error" in outcome && spoil(outcome.error)
    })
    for (const retry of ["none", "standard"] as const) {
      await using sessions = clientOf(server, { retry, deadline: "1 second", plugins: [spoiling] })
      const error = await errorOf(sessions.try.delete("04b6"))
      assert.strictEqual(error.outcome, "unknown")
      assert.match(error.message, /^It is not known/)
      assert.match(error.stack ?? "", /Plugin\.test/)
    }
  })
})

describe("onRetry", () => {
  it("stops, or waits longer", async () => {
    await using server = await serve(limited)
    const count = async (onRetry: NonNullable<Plugin["onRetry"]>) => {
      const before = server.arrivals.length
      const { plugin, told } = recorder()
      await ends(server, [plugin, { name: "patience", onRetry }], { retry: "standard" })
      return [server.arrivals.length - before, told[0]?._tag]
    }
    assert.deepStrictEqual(await count(() => "stop"), [1, "NotDeleted"])
    assert.deepStrictEqual(await count(async () => "stop" as const), [1, "NotDeleted"])
    // Past the deadline.
    assert.deepStrictEqual(await count(() => ({ wait: "2 minutes" })), [1, "NotDeleted"])
    assert.deepStrictEqual(lines, [])
  })

  it("what it returns besides is logged, and changes nothing", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "Date"] })
    try {
      for (const decision of ["Stop", { wait: "soon" }, { wait: -1 }, null]) {
        let requests = 0
        const options: SessionsOptions = {
          retry: "rate-limits",
          plugins: [{ name: "odd", onRetry: untyped(() => decision) }]
        }
        await using sessions = clientOver(() => (requests++, answer({ code: 201 })), options)
        const ended = errorOf(sessions.try.delete("04b6"))
        await vi.advanceTimersByTimeAsync(10_000)
        assert.strictEqual((await ended)._tag, "RateLimited")
        assert.strictEqual(requests, 4)
      }
    } finally {
      vi.useRealTimers()
    }
    assert.strictEqual(lines.length, 9)
    assert.match(lines.join("\n"), /neither \\?"stop\\?" nor/)
  })
})

describe("wrappers", () => {
  const wrap = (around: (...args: Parameters<NonNullable<Plugin["around"]>>) => unknown): Plugin =>
    Reflect.apply(definePlugin, undefined, [{ name: "wrapper", around }])

  it("may look at the receipt, and let it pass", async () => {
    await using server = await serve(success)
    const seen: Array<string> = []
    const looking = definePlugin({
      name: "looking",
      around: async (call, next) => {
        const confirmed = await next()
        seen.push(call.sessionId, confirmed.receipt.disposition)
        return confirmed
      }
    })
    assert.strictEqual(await ends(server, [looking]), "deleted")
    assert.deepStrictEqual(seen, ["04b6", "deleted"])
  })

  it("B21 a veto of an entire run says so, from a guard and from a wrapper", async () => {
    await using server = await serve(success)
    for (const hooks of [
      { before: () => veto("there is a freeze", { entireRun: true }) },
      { around: () => veto("there is a freeze", { entireRun: true }) }
    ]) {
      await using sessions = clientOf(server, { plugins: [{ name: "freeze", ...hooks }] })
      const error = await errorOf(sessions.try.delete("04b6"))
      assert.deepInclude({ ...error }, { _tag: "Vetoed", reason: "there is a freeze", entireRun: true })
    }
    assert.strictEqual(server.arrivals.length, 0)
  })

  it("B21 a guard or a wrapper that could not find out says so", async () => {
    await using server = await serve(success)
    for (const hooks of [
      { before: () => veto("no list", { broken: true }) },
      { around: () => veto("no list", { broken: true }) }
    ]) {
      await using sessions = clientOf(server, { plugins: [{ name: "list", ...hooks }] })
      const error = await errorOf(sessions.try.delete("04b6"))
      assert.deepInclude({ ...error }, { _tag: "Vetoed", reason: "no list", broken: true })
    }
    assert.strictEqual(server.arrivals.length, 0)
  })

  it("refuse with what they throw before next: a veto, and nothing is sent", async () => {
    await using server = await serve(success)
    const { plugin, told } = recorder()
    const refusing = [
      [
        () => veto("somebody else deletes.", { entireRun: false }),
        'Plugin "wrapper" refused: somebody else deletes. Nothing was sent.'
      ],
      [broken, 'Plugin "wrapper" refused: its wrapper failed: broken <redacted>. Nothing was sent.'],
      [() => Promise.reject(), 'Plugin "wrapper" refused: its wrapper failed: undefined. Nothing was sent.'],
      [() => ({ receipt: {} }), 'Plugin "wrapper" refused: its wrapper sent nothing']
    ] as const
    for (const [around, message] of refusing) assert.include(await ends(server, [plugin, wrap(around)]), message)
    assert.strictEqual(server.arrivals.length, 0)
    assert.deepStrictEqual(
      told.map(({ _tag }) => _tag),
      refusing.map(() => "Vetoed")
    )
  })

  it("B24 cannot make a success of a failure, nor a failure of a success", async () => {
    await using good = await serve(success)
    const spoiling = [
      async (_: unknown, next: () => Promise<unknown>) => void (await next()),
      async (_: unknown, next: () => Promise<unknown>) => (await next(), broken()),
      async (_: unknown, next: () => Promise<unknown>) => (await next(), Promise.reject(new OutcomeUnknown(doubt))),
      async (_: unknown, next: () => Promise<unknown>) => ({ ...Object(await next()) })
    ]
    for (const around of spoiling) assert.strictEqual(await ends(good, [wrap(around)]), "deleted")
    assert.strictEqual(lines.length, spoiling.length)

    await using bad = await serve(reset)
    let stolen: unknown
    await ends(good, [wrap(async (_, next) => (stolen = await next()))])
    const embellishing = [
      async (_: unknown, next: () => Promise<unknown>) => next().catch(() => stolen),
      async (_: unknown, next: () => Promise<unknown>) => next().catch(() => ({ receipt: {} })),
      async (_: unknown, next: () => Promise<unknown>) => next().catch(broken),
      async (_: unknown, next: () => Promise<unknown>) => next().catch(() => veto("not at all")),
      async (_: unknown, next: () => Promise<unknown>) =>
        next().catch(() => Promise.reject(new OutcomeUnknown({ ...doubt, outcome: "not-deleted" }))),
      async (_: unknown, next: () => Promise<unknown>) => next()
    ]
    for (const around of embellishing) assert.match(await ends(bad, [wrap(around)]), /^It is not known whether/)
  })

  it("may run next again, which goes on where it ended", async () => {
    await using server = await serve(reset, success)
    const again = wrap((_, next) => next().catch(() => next()))
    assert.strictEqual(await ends(server, [again]), "deleted")
    assert.strictEqual(server.arrivals.length, 2)
  })

  it("what they leave behind is stopped with them", async () => {
    await using server = await serve(silence)
    const impatient = wrap(async (_, next) => {
      void next()
      await server.arrived(1)
      throw new Error("no patience")
    })
    assert.match(await ends(server, [impatient]), /^It is not known .* A plugin stopped the call/)
    await server.abandoned(1)
  })

  it("B26 the first is outermost", async () => {
    await using server = await serve(success)
    const order: Array<string> = []
    const layer = (name: string) =>
      definePlugin({
        name,
        around: async (_, next) => {
          order.push(name)
          const confirmed = await next()
          order.push(`/${name}`)
          return confirmed
        }
      })
    assert.strictEqual(await ends(server, [layer("a"), layer("b"), layer("c")]), "deleted")
    assert.deepStrictEqual(order, ["a", "b", "c", "/c", "/b", "/a"])
  })

  it("are stopped with their call", async () => {
    await using server = await serve(silence)
    const controller = new AbortController()
    let stopped = 0
    const waiting = wrap((_, next, { signal }) => {
      signal.addEventListener("abort", () => stopped++)
      return next()
    })
    await using sessions = clientOf(server, { plugins: [waiting] })
    const ended = errorOf(sessions.try.delete("04b6", { signal: controller.signal }))
    await server.arrived(1)
    controller.abort()
    assert.deepInclude(await ended, { _tag: "Aborted", outcome: "unknown" })
    assert.strictEqual(stopped, 1)
    await server.abandoned(1)
  })
})

const doubt = { sessionId: "04b6", outcome: "unknown", attempts: 1, reason: "timeout" } as const

describe("a hook that itself deletes", () => {
  it("is refused across its awaits, on any client, and starts nothing", async () => {
    await using server = await serve(success)
    await using other = clientOf(server)
    const inner: Array<string> = []
    const { plugin, told } = recorder()
    const again = async () => {
      await new Promise((resolve) => setTimeout(resolve, 5))
      for (const client of [sessions, other]) {
        const error = await errorOf(client.try.delete("other"))
        inner.push(error.message)
      }
    }
    const reentrant = definePlugin({
      name: "reentrant",
      before: again,
      around: async (_, next) => {
        await again()
        const confirmed = await next()
        await again()
        return confirmed
      },
      onAttempt: again,
      after: again
    })
    await using sessions = clientOf(server, { plugins: [plugin, reentrant] })
    assert.strictEqual((await sessions.delete("04b6")).disposition, "deleted")
    assert.deepStrictEqual(inner, Array(10).fill(refused))
    assert.strictEqual(told.length, 1)
    assert.strictEqual(server.arrivals.length, 1)
  })

  it("calls beside a hook, and those that come after it, are free", async () => {
    await using server = await serve(success)
    const later = Promise.withResolvers<string>()
    const isAsked = Promise.withResolvers<void>()
    const goOn = Promise.withResolvers<void>()
    const slow = definePlugin({
      name: "slow",
      before: async ({ sessionId }) => {
        if (sessionId !== "04b6") return
        isAsked.resolve()
        await goOn.promise
      },
      after: ({ call }) => {
        if (call.sessionId !== "04b6") return
        setTimeout(() => later.resolve(sessions.delete("next").then(({ sessionId }) => sessionId)), 5)
      }
    })
    await using sessions = clientOf(server, { plugins: [slow] })
    const first = sessions.delete("04b6")
    await isAsked.promise
    assert.strictEqual((await sessions.delete("beside")).sessionId, "beside")
    goOn.resolve()
    await first
    assert.strictEqual(await later.promise, "next")
  })

  const refused =
    'Session "other" was not deleted. Plugin "reentrant" refused: a hook must not delete. Nothing was sent.'
})

describe("definePlugin and createSessions", () => {
  const faults: ReadonlyArray<readonly [plugin: unknown, message: RegExp]> = [
    [undefined, /a plugin must be an object/],
    [() => ({ name: "a" }), /a plugin must be an object|must have a name/],
    [Promise.resolve({ name: "a" }), /a plugin must have a name/],
    [{}, /a plugin must have a name/],
    [{ name: "" }, /a plugin must have a name/],
    [{ name: "a", before: true }, /before of the plugin "a" must be a function/],
    [{ name: "a", after: null }, /after of the plugin "a" must be a function/],
    [{ name: "a" }, /the plugin "a" has none of before, around/],
    [{ name: "a", befor: () => false }, /the plugin "a" has "befor", which is none of before, around/],
    [{ name: "a", timeout: "soon" }, /timeout of the plugin "a" must be a number/],
    [{ name: "a", timeout: Number.NaN }, /timeout of the plugin "a" must be a number/]
  ]
  it("refuse what is no plugin, and say what is wrong with it", () => {
    for (const [plugin, message] of faults) {
      for (const make of [definePlugin, (plugin: Plugin) => createSessions({ apiKey: canary, plugins: [plugin] })]) {
        const error = thrown(() => Reflect.apply(make, undefined, [plugin]))
        assert.strictEqual(error.setting, "plugins")
        assert.match(error.message, message)
        assert.match(error.stack ?? "", /Plugin\.test/)
      }
    }
    const error = thrown(() => Reflect.apply(createSessions, undefined, [{ apiKey: canary, plugins: { name: "a" } }]))
    assert.match(error.message, /must be an array of plugins/)
  })

  it("B26 two of one name are refused", () => {
    const plugin = definePlugin({ name: "one", after: () => {} })
    const two = { name: "two", after: () => {} }
    const error = thrown(() => createSessions({ apiKey: canary, plugins: [plugin, two, plugin] }))
    assert.match(error.message, /two plugins have the name "one"; give one of them another/)
  })

  it("a plugin is frozen", () => {
    assert.isTrue(Object.isFrozen(definePlugin({ name: "a", after: () => {} })))
  })

  it("one of a class keeps its hooks", async () => {
    class Guard {
      readonly name = "guard"
      readonly reason = "it is held"
      before() {
        veto(this.reason)
      }
    }
    await using server = await serve(success)
    await ends(server, [definePlugin(new Guard())])
    assert.strictEqual(server.arrivals.length, 0)
  })

  it("an option that is none is refused: a list of guards under another name would guard nothing", () => {
    const error = thrown(() => Reflect.apply(createSessions, undefined, [{ apiKey: canary, plugin: [] }]))
    assert.strictEqual(error.setting, "plugin")
    assert.match(error.message, /it is no option; the options are apiKey, .*plugins/)
  })
})

const thrown = (f: () => unknown): InvalidConfig => {
  try {
    f()
  } catch (error) {
    return error instanceof InvalidConfig ? error : assert.fail(String(error))
  }
  return assert.fail("It was not thrown.")
}
