/**
 * What is written before and after each call, and whether it shows when that is changed.
 */
import * as NodeFileSystem from "@effect/platform-node/NodeFileSystem"
import { Plugin, RetryPolicy, Sessions, Vetoed } from "@powerdrill-sessions/core"
import {
  AuditLine,
  auditLog,
  type AuditHead,
  type AuditReport,
  verifyAuditLog
} from "@powerdrill-sessions/core/plugins"
import { ScriptedHttpClient } from "@powerdrill-sessions/core/testing"
import { assert, describe, it } from "@effect/vitest"
import {
  Cause,
  Effect,
  Exit,
  Fiber,
  FileSystem,
  Layer,
  Logger,
  PlatformError,
  References,
  Schema,
  Stream,
  type Scope
} from "effect"
import { TestClock } from "effect/testing"
import { canary, overScript, remove, requestCount } from "../support/sessions.ts"

const { reset, respond, silence } = ScriptedHttpClient
const deleted = respond({ code: 0 }, { headers: { "x-pd-trace-id": "trace-1" } })

/** A path in a directory of its own. */
const somewhere = Effect.gen(function* () {
  const fs = yield* FileSystem.FileSystem
  return `${yield* fs.makeTempDirectoryScoped()}/audit.jsonl`
})

const test = (
  name: string,
  body: (path: string) => Effect.Effect<unknown, unknown, FileSystem.FileSystem | Scope.Scope>
) =>
  it.effect(
    name,
    () => Effect.flatMap(somewhere, body).pipe(Effect.scoped, Effect.provide(NodeFileSystem.layer)),
    // Some write hundreds of times, and a disk takes its time to sync.
    60_000
  )

const read = (path: string) => FileSystem.FileSystem.use((fs) => fs.readFileString(path))
const write = (path: string, text: string | Uint8Array) =>
  FileSystem.FileSystem.use((fs) =>
    typeof text === "string" ? fs.writeFileString(path, text) : fs.writeFile(path, text)
  )
const decodeLine = Schema.decodeUnknownSync(Schema.fromJsonString(AuditLine))
const linesOf = (path: string) =>
  Effect.map(read(path), (text) => {
    assert.isTrue(text === "" || text.endsWith("\n"))
    return text
      .split("\n")
      .slice(0, -1)
      .map((line) => decodeLine(line))
  })

/** Sessions that are gone at once, and a log of them. */
const gone = Sessions.layerTest(() => Effect.succeed("deleted"))
const record = (path: string, ids: ReadonlyArray<string>, options: Partial<Parameters<typeof auditLog>[0]> = {}) =>
  Effect.forEach(ids, (id) => Effect.exit(remove(id))).pipe(
    Plugin.with(auditLog({ path, ...options })),
    Effect.provide(gone)
  )

const intact = (report: AuditReport): AuditReport.Intact =>
  report._tag === "Intact" ? report : assert.fail(report.message)
const broken = (report: AuditReport): AuditReport.Broken =>
  report._tag === "Broken" ? report : assert.fail(`It says that all is well: ${JSON.stringify(report.head)}`)
const verified = (path: string, options?: Parameters<typeof verifyAuditLog>[1]) =>
  Effect.map(verifyAuditLog(path, options), intact)

const failureOf = <A, E>(exit: Exit.Exit<A, E>) => (Exit.isFailure(exit) ? Cause.squash(exit.cause) : undefined)
const vetoOf = <A, E>(exit: Exit.Exit<A, E>): Vetoed => {
  const error = failureOf(exit)
  return error instanceof Vetoed ? error : assert.fail(`No veto: ${String(error)}`)
}

/** What an effect comes to, and the warnings that are logged meanwhile. */
const warnings = <A, E, R>(effect: Effect.Effect<A, E, R>) => {
  const lines: Array<string> = []
  const logger = Logger.map(Logger.formatJson, (line) => lines.push(line))
  return Effect.map(
    effect.pipe(Effect.provide(Logger.layer([logger])), Effect.provideService(References.MinimumLogLevel, "Warn")),
    (value) => ({ value, lines })
  )
}

describe("the lines", () => {
  test("an intent is on the disk before anything is sent, and an outcome follows with the same id", (path) =>
    Effect.gen(function* () {
      const before: Array<string> = []
      const layer = Sessions.layerTest(() =>
        Effect.andThen(
          Effect.map(Effect.orDie(read(path)), (text) => before.push(text)),
          Effect.succeed("deleted" as const)
        ).pipe(Effect.provide(NodeFileSystem.layer))
      )
      yield* TestClock.setTime(Date.UTC(2026, 0, 2, 3, 4, 5, 6))
      yield* Sessions.use((sessions) =>
        sessions.ensureDeleted({ sessionId: "04b6", userId: "tmm-1", externalTraceId: "mine" })
      ).pipe(Plugin.with(auditLog({ path })), Effect.provide(layer))
      const [intent, outcome, ...more] = yield* linesOf(path)
      assert.deepStrictEqual(more, [])
      assert.strictEqual(before.length, 1)
      assert.deepStrictEqual(decodeLine(before[0]?.trim()), intent)
      const about = {
        v: 1 as const,
        at: "2026-01-02T03:04:05.006Z",
        id: intent?.kind === "intent" ? intent.id : "",
        method: "ensureDeleted" as const,
        sessionId: "04b6",
        userId: "tmm-1",
        externalTraceId: "mine"
      }
      assert.deepInclude(intent, { ...about, kind: "intent", seq: 1, prev: "0".repeat(64) })
      assert.match(about.id, /^[0-9a-f-]{36}$/)
      assert.deepInclude(outcome, {
        ...about,
        kind: "outcome",
        seq: 2,
        prev: intent?.hash ?? "",
        outcome: "Deleted",
        session: "deleted",
        disposition: "deleted",
        verified: false,
        attempts: 1,
        durationMillis: 0
      })
      assert.deepInclude(yield* verified(path), {
        files: [path],
        head: { count: 2, hash: outcome?.hash ?? "" },
        torn: 0,
        open: []
      })
    }))

  test("B23 tell every way a call can end, and B27 no key", (path) =>
    Effect.gen(function* () {
      const plugin = Plugin.build(auditLog({ path }))
      const [log] = yield* plugin
      if (log === undefined) return assert.fail("no plugin")
      const calls = (...plugins: ReadonlyArray<Plugin>) =>
        Effect.exit(
          remove("04b6").pipe(RetryPolicy.withPolicy(RetryPolicy.none), Effect.provide(Plugin.layer(...plugins, log)))
        )
      yield* Effect.gen(function* () {
        yield* calls()
        yield* calls()
        yield* calls()
        yield* calls(Plugin.make({ name: "no", before: () => Plugin.veto("it is under a legal hold") }))
        const fiber = yield* Effect.forkChild(calls())
        yield* TestClock.adjust("1 second")
        // The intent is written on a fiber of its own, and by a real disk.
        yield* Effect.repeat(requestCount, { until: (count) => count === 4 })
        yield* Fiber.interrupt(fiber)
        yield* calls()
      }).pipe(
        Effect.provide(
          overScript([
            deleted,
            respond({ code: 100, msg: `no, ${"tmm-1="}` }, { headers: { "x-pd-trace-id": "trace-2" } }),
            reset,
            silence
          ])
        )
      )
      const outcomes = (yield* linesOf(path)).filter((line) => line.kind === "outcome")
      assert.deepStrictEqual(
        outcomes.map(({ error, outcome, session }) => [outcome, session, error]),
        [
          ["Deleted", "deleted", undefined],
          ["NotDeleted", "not-deleted", "BadRequest"],
          ["Unknown", "unknown", "OutcomeUnknown"],
          ["Vetoed", "not-deleted", "Vetoed"],
          ["Interrupted", "unknown", undefined],
          ["Died", "unknown", undefined]
        ]
      )
      assert.deepInclude(outcomes[0], { traceId: "trace-1", attempts: 1 })
      assert.deepInclude(outcomes[1], { traceId: "trace-2", code: 100, httpStatus: 200 })
      assert.match(outcomes[1]?.message ?? "", /was not deleted\. .*no, tmm-1=/)
      assert.match(outcomes[3]?.message ?? "", /legal hold/)
      assert.match(outcomes[5]?.message ?? "", /no answer left/)
      assert.notInclude(yield* read(path), canary)
      // A guard that stands before it has refused without an intent.
      const report = yield* verified(path)
      assert.deepInclude(report, { open: [], torn: 0 })
      assert.strictEqual(report.head.count, 11)
    }))

  test("of another plugin's error it is only the tag, and long words are cut", (path) =>
    Effect.gen(function* () {
      class Busy extends Schema.TaggedError<Busy>()("Busy", {
        outcome: Schema.tag("not-deleted"),
        message: Schema.String
      }) {}
      const [log] = yield* Plugin.build(auditLog({ path }))
      if (log === undefined) return assert.fail("no plugin")
      const busy = Plugin.make({ name: "busy", around: () => new Busy({ message: `secret ${canary}` }) })
      yield* Effect.gen(function* () {
        const sessions = yield* Sessions.make(log, busy)
        yield* Effect.exit(sessions.delete({ sessionId: "04b6", userId: "tmm-1" }))
        const wordy = yield* Sessions.make(
          log,
          Plugin.make({ name: "no", before: () => Plugin.veto("x".repeat(5_000)) })
        )
        yield* Effect.exit(wordy.delete({ sessionId: "04b7", userId: "tmm-1" }))
      }).pipe(Effect.provide(overScript([])))
      const [, first, , second] = yield* linesOf(path)
      assert.deepInclude(first, { outcome: "NotDeleted", error: "Busy" })
      assert.notProperty(first, "message")
      assert.strictEqual(second?.kind === "outcome" ? second.message?.length : 0, 1_001)
    }))

  for (const [userId, fields] of [
    ["hashed", { userIdSha256: "2bd806c97f0e00af1a1fc3328fa763a9269723c8db8fac4f93af71db186d6e90" }],
    ["omit", {}]
  ] as const) {
    test(`the user id can be left out: ${userId}`, (path) =>
      Effect.gen(function* () {
        yield* Effect.exit(remove("04b6", "alice")).pipe(
          Plugin.with(auditLog({ path, userId })),
          Effect.provide(overScript([respond({ code: 100, msg: "alice may not" })]))
        )
        yield* Effect.exit(remove("04b6", "alice")).pipe(
          Plugin.with(auditLog({ path, userId })),
          Effect.provide(Sessions.layerTest(() => Effect.die(new Error("alice broke it"))))
        )
        const text = yield* read(path)
        assert.notInclude(text, "alice")
        assert.include(text, "<user id> may not")
        assert.include(text, "<user id> broke it")
        const [intent] = yield* linesOf(path)
        assert.notProperty(intent, "userId")
        if (userId === "hashed") assert.deepInclude(intent, fields)
        else assert.notProperty(intent, "userIdSha256")
      }))
  }
})

describe("many calls", () => {
  test("200 at once make one chain, and each has its intent and its outcome", (path) =>
    Effect.gen(function* () {
      const ids = Array.from({ length: 200 }, (_, index) => `session-${index}`)
      yield* Effect.forEach(ids, (id) => remove(id), { concurrency: "unbounded" }).pipe(
        Plugin.with(auditLog({ path, maxBytes: 20_000 })),
        Effect.provide(gone)
      )
      const report = yield* verified(path)
      assert.strictEqual(report.head.count, 400)
      assert.deepStrictEqual(report.open, [])
      assert.isAbove(report.files.length, 3)
      const lines = (yield* Effect.forEach(report.files, linesOf)).flat()
      for (const id of ids) {
        const [intent, outcome, ...more] = lines.filter((line) => line.kind !== "torn" && line.sessionId === id)
        assert.deepStrictEqual([intent?.kind, outcome?.kind, more.length], ["intent", "outcome", 0])
        assert.deepStrictEqual(intent?.kind === "intent" && intent.id, outcome?.kind === "outcome" && outcome.id)
      }
    }))

  test("thousands at once wait for a few writes, not for thousands", (path) =>
    Effect.gen(function* () {
      const fs = yield* FileSystem.FileSystem
      let opened = 0
      const layer = Layer.succeed(
        FileSystem.FileSystem,
        FileSystem.FileSystem.of({
          ...fs,
          open: (path, options) => Effect.suspend(() => (opened++, fs.open(path, options)))
        })
      )
      yield* Effect.forEach(Array.from({ length: 2_000 }).keys(), (id) => remove(`session-${id}`), {
        concurrency: "unbounded"
      }).pipe(Plugin.with(auditLog({ path })), Effect.provide([layer, gone]))
      assert.isBelow(opened, 200)
      assert.strictEqual((yield* verified(path)).head.count, 4_000)
    }))

  test("a full file is renamed to the next number, nothing is overwritten, and the chain goes on", (path) =>
    Effect.gen(function* () {
      const fs = yield* FileSystem.FileSystem
      yield* write(`${path}.7.gz`, "one that was compressed")
      yield* write(`${path}.old`, "none of ours")
      yield* write(`${path}.01`, "neither")
      // Each line needs a file of its own.
      yield* record(path, ["a", "b"], { maxBytes: 10 })
      const report = yield* verified(path)
      assert.deepStrictEqual(report.files, [`${path}.8`, `${path}.9`, `${path}.10`, path])
      assert.strictEqual(yield* fs.readFileString(`${path}.7.gz`), "one that was compressed")
      for (const file of report.files) assert.isAtMost((yield* linesOf(file)).length, 1)
      // A process that ends after the renaming, before the next line.
      yield* fs.rename(path, `${path}.11`)
      assert.strictEqual((yield* verified(path)).head.count, 4)
      yield* record(path, ["c"])
      assert.strictEqual((yield* verified(path, { expected: report.head })).head.count, 6)
      // A file that is taken away is missed, unless one begins after it.
      const [first] = yield* linesOf(`${path}.8`)
      yield* fs.remove(`${path}.8`)
      assert.deepInclude(broken(yield* verifyAuditLog(path)), { kind: "missing", file: `${path}.9`, line: 1 })
      const after: AuditHead = { count: 1, hash: first?.hash ?? "" }
      assert.strictEqual((yield* verified(path, { after })).head.count, 6)
    }))

  test("a file in the working directory can be full, too", () =>
    Effect.gen(function* () {
      const fs = yield* FileSystem.FileSystem
      const listed: Array<string> = []
      const here = FileSystem.FileSystem.of({
        ...fs,
        readDirectory: (path) =>
          Effect.as(
            Effect.sync(() => listed.push(path)),
            []
          ),
        exists: () => Effect.succeed(true),
        stream: () => Stream.empty
      })
      assert.deepInclude(yield* Effect.provideService(verifyAuditLog("audit.jsonl"), FileSystem.FileSystem, here), {
        _tag: "Intact",
        files: ["audit.jsonl"]
      })
      assert.deepStrictEqual(listed, ["."])
    }))
})

/** A file system whose files take so many bytes in all, and then no more. */
const small = Effect.fnUntraced(function* (bytes: number, { syncs = true } = {}) {
  const fs = yield* FileSystem.FileSystem
  const disk = { left: bytes, syncs }
  const full = (method: string, message: string) =>
    Effect.fail(PlatformError.systemError({ _tag: "Unknown", module: "FileSystem", method, cause: new Error(message) }))
  const noSpace = full("writeAll", "ENOSPC: no space left on device, write")
  const layer = Layer.succeed(
    FileSystem.FileSystem,
    FileSystem.FileSystem.of({
      ...fs,
      open: (path, options) =>
        Effect.map(fs.open(path, options), (file): FileSystem.File => ({
          [FileSystem.FileTypeId]: FileSystem.FileTypeId,
          stat: file.stat,
          seek: (offset, from) => file.seek(offset, from),
          read: (buffer, options) => file.read(buffer, options),
          readAlloc: (size, options) => file.readAlloc(size, options),
          truncate: (length) => file.truncate(length),
          write: (buffer) => file.write(buffer),
          sync: Effect.suspend(() => (disk.syncs ? file.sync : full("sync", "EIO: i/o error, fsync"))),
          writeAll: (buffer) =>
            Effect.suspend(() => {
              const fits = Math.min(disk.left, buffer.length)
              disk.left -= fits
              const written = fits === 0 ? Effect.void : file.writeAll(buffer.subarray(0, fits))
              return fits < buffer.length ? Effect.andThen(written, noSpace) : written
            })
        }))
    })
  )
  return { disk, layer }
})

describe("what cannot be recorded", () => {
  test("B21 is not deleted: a full disk vetoes, says why, and half a line is closed off when there is room", (path) =>
    Effect.gen(function* () {
      // Wherever it becomes full: in an intent, in an outcome, between the two.
      for (const bytes of [0, 1, 100, 400, 700, 1_000]) {
        const file = `${path}-${bytes}`
        const { disk, layer } = yield* small(bytes)
        const { value } = yield* warnings(
          Effect.gen(function* () {
            const exits = [yield* Effect.exit(remove("a")), yield* Effect.exit(remove("b"))]
            const full = yield* Effect.exit(remove("c"))
            assert.isTrue(vetoOf(full).broken)
            assert.match(
              vetoOf(full).message,
              /^Session "c" was not deleted\. Plugin "audit-log" refused: it cannot be recorded\. The audit log ".*" cannot be written: ENOSPC: no space left on device, write\. Nothing was sent\.$/
            )
            const sent = yield* requestCount
            assert.strictEqual(sent, exits.filter(Exit.isSuccess).length)
            disk.left = 100_000
            assert.isTrue(Exit.isSuccess(yield* Effect.exit(remove("d"))))
            return sent
          }).pipe(
            Plugin.with(auditLog({ path: file })),
            Effect.provide([layer, overScript([deleted, deleted, deleted])])
          )
        )
        const report = yield* verified(file)
        assert.strictEqual(report.torn, bytes === 0 ? 0 : 1, `at ${bytes}`)
        // Only a call that was sent can be left open.
        assert.isAtMost(report.open.length, value)
        const [last] = (yield* read(file)).trim().split("\n").slice(-1)
        assert.deepInclude(decodeLine(last), { kind: "outcome", sessionId: "d", outcome: "Deleted" })
      }
    }))

  test("an outcome that is not written changes nothing but a log line, and its intent is open", (path) =>
    Effect.gen(function* () {
      const { disk, layer } = yield* small(10_000)
      const { lines, value } = yield* warnings(
        Effect.exit(remove("04b6")).pipe(
          Plugin.with(auditLog({ path })),
          Effect.provide([layer, Sessions.layerTest(() => Effect.sync(() => ((disk.left = 20), "deleted" as const)))])
        )
      )
      assert.isTrue(Exit.isSuccess(value))
      assert.match(lines.join(), /after failed, which changes nothing/)
      assert.match(lines.join(), /ENOSPC/)
      assert.deepInclude(broken(yield* verifyAuditLog(path)), { kind: "torn", file: path, line: 2 })
      // The next process closes it off.
      yield* record(path, [])
      const { head, open, torn } = yield* verified(path)
      assert.deepInclude(open[0], { sessionId: "04b6", file: path, line: 1 })
      assert.deepStrictEqual([head.count, open.length, torn], [2, 1, 1])
    }))

  test("a line that is not surely on the disk is a veto, too, and has an outcome when it was there after all", (path) =>
    Effect.gen(function* () {
      const { disk, layer } = yield* small(10_000)
      yield* warnings(
        Effect.gen(function* () {
          disk.syncs = false
          assert.match(vetoOf(yield* Effect.exit(remove("a"))).reason, /EIO: i\/o error, fsync/)
          disk.syncs = true
          yield* remove("b")
        }).pipe(Plugin.with(auditLog({ path })), Effect.provide([layer, gone]))
      )
      const lines = yield* linesOf(path)
      assert.deepStrictEqual(
        lines.map((line) => [line.kind, line.kind === "torn" ? "" : line.sessionId]),
        [
          ["intent", "a"],
          ["outcome", "a"],
          ["intent", "b"],
          ["outcome", "b"]
        ]
      )
      assert.deepInclude(lines[1], { outcome: "Vetoed" })
      assert.deepInclude(yield* verified(path), { open: [], torn: 0 })
    }))

  test("a directory that is not there is an error where the plugin is built, and a veto where it has gone since", (path) =>
    Effect.gen(function* () {
      const fs = yield* FileSystem.FileSystem
      const file = `${path}.d/audit.jsonl`
      const error = yield* Effect.flip(Plugin.build(auditLog({ path: file })))
      assert.deepInclude(error, { _tag: "AuditLogError", reason: "unwritable", path: file })
      assert.match(String(error), /cannot be written: ENOENT/)
      yield* fs.makeDirectory(`${path}.d`)
      const { value } = yield* warnings(
        Effect.andThen(fs.remove(`${path}.d`, { recursive: true }), Effect.exit(remove("04b6"))).pipe(
          Plugin.with(auditLog({ path: file })),
          Effect.provide(gone)
        )
      )
      assert.match(vetoOf(value).reason, /cannot be written: ENOENT/)
    }))

  test("an error without the runtime's words is told in Effect's", (path) =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(Plugin.build(auditLog({ path }))).pipe(Effect.provide(FileSystem.layerNoop({})))
      assert.match(String(error), /cannot be written: NotFound/)
    }))

  test("a disk that hangs is a veto after the time that was given", (path) =>
    Effect.gen(function* () {
      const fs = yield* FileSystem.FileSystem
      let hangs = false
      const layer = Layer.succeed(
        FileSystem.FileSystem,
        FileSystem.FileSystem.of({
          ...fs,
          open: (path, options) => Effect.suspend(() => (hangs ? Effect.never : fs.open(path, options)))
        })
      )
      const { value } = yield* warnings(
        Effect.gen(function* () {
          hangs = true
          const fiber = yield* Effect.forkChild(Effect.exit(remove("04b6")))
          yield* TestClock.adjust("1 minute")
          return yield* Fiber.join(fiber)
        }).pipe(Plugin.with(auditLog({ path, timeout: "2 seconds" })), Effect.provide([layer, gone]))
      )
      assert.match(vetoOf(value).reason, /took longer than 2s/)
    }))

  test("ids for which there is no room are refused, and only they", (path) =>
    Effect.gen(function* () {
      const { value } = yield* warnings(record(path, ["x".repeat(30_000), "04b6"]))
      const [first, second] = value
      assert.match(first === undefined ? "" : vetoOf(first).reason, /no room for a line that long/)
      assert.isTrue(second !== undefined && Exit.isSuccess(second))
      assert.strictEqual((yield* verified(path)).head.count, 2)
    }))
})

describe("a file that somebody else has touched", () => {
  const meanwhile = (path: string, act: Effect.Effect<unknown, PlatformError.PlatformError, FileSystem.FileSystem>) =>
    Effect.gen(function* () {
      yield* remove("a")
      yield* act
      const exits = [yield* Effect.exit(remove("b")), yield* Effect.exit(remove("c"))]
      return exits.map((exit) => vetoOf(exit).reason)
    }).pipe(Plugin.with(auditLog({ path })), Effect.provide(gone), warnings)

  for (const [what, act] of [
    ["written to", (path: string) => FileSystem.FileSystem.use((fs) => fs.writeFileString(path, "x", { flag: "a" }))],
    ["cut", (path: string) => FileSystem.FileSystem.use((fs) => fs.truncate(path, 5))],
    ["taken away", (path: string) => FileSystem.FileSystem.use((fs) => fs.remove(path))]
  ] as const) {
    test(`nothing is deleted any more: ${what}`, (path) =>
      Effect.gen(function* () {
        const { value } = yield* meanwhile(path, act(path))
        assert.strictEqual(value.length, 2)
        for (const reason of value) assert.match(reason, /is not as this process has left it: it has \d+ bytes instead/)
        // Nor is anything added to what is not ours to go on with.
        assert.strictEqual((yield* read(path)).split("\n").length, what === "written to" ? 3 : 1)
      }))
  }

  test("bytes that come in between writing and looking are found", (path) =>
    Effect.gen(function* () {
      const fs = yield* FileSystem.FileSystem
      let intrudes = false
      const layer = Layer.succeed(
        FileSystem.FileSystem,
        FileSystem.FileSystem.of({
          ...fs,
          open: (path, options) =>
            Effect.tap(fs.open(path, options), (file) =>
              Effect.sync(() => {
                const { sync } = file
                Object.defineProperty(file, "sync", {
                  value: Effect.suspend(() =>
                    intrudes ? Effect.andThen(sync, fs.writeFileString(path, "x", { flag: "a" })) : sync
                  )
                })
              })
            )
        })
      )
      const { value } = yield* warnings(
        Effect.gen(function* () {
          yield* remove("a")
          intrudes = true
          return yield* Effect.exit(remove("b"))
        }).pipe(Plugin.with(auditLog({ path })), Effect.provide([layer, gone]))
      )
      assert.match(vetoOf(value).reason, /is not as this process has left it/)
    }))

  test("two that write at the same time: nothing is sent whose line is not in the chain", (path) =>
    Effect.gen(function* () {
      const sent = new Set<string>()
      const layer = Sessions.layerTest(({ sessionId }) => Effect.sync(() => (sent.add(sessionId), "deleted" as const)))
      const writer = (name: string) =>
        Effect.forEach(Array.from({ length: 20 }).keys(), (index) => Effect.exit(remove(`${name}-${index}`))).pipe(
          Plugin.with(auditLog({ path }))
        )
      const { value } = yield* warnings(
        Effect.all([writer("a"), writer("b")], { concurrency: 2 }).pipe(Effect.provide(layer))
      )
      assert.strictEqual(value.flat().filter(Exit.isSuccess).length, sent.size)
      const right = (yield* verifyAuditLog(path)).head.count
      const chained = (yield* linesOf(path)).slice(0, right)
      for (const id of sent)
        assert.isTrue(
          chained.some((line) => line.kind === "intent" && line.sessionId === id),
          id
        )
    }))

  test("a line that was written and is gone after a failure stops everything", (path) =>
    Effect.gen(function* () {
      const { disk, layer } = yield* small(10_000)
      const { value } = yield* warnings(
        Effect.gen(function* () {
          yield* remove("a")
          disk.left = 0
          yield* Effect.exit(remove("b"))
          disk.left = 10_000
          yield* write(path, "")
          return yield* Effect.exit(remove("c"))
        }).pipe(Plugin.with(auditLog({ path })), Effect.provide([layer, gone]))
      )
      assert.match(vetoOf(value).reason, /line 2, which was written, is gone/)
    }))

  test("one whose end was altered is not gone on with, nor one that is something else", (path) =>
    Effect.gen(function* () {
      const refused = Effect.map(Effect.flip(Plugin.build(auditLog({ path }))), String)
      yield* record(path, ["a"])
      const text = yield* read(path)
      yield* write(path, text.replace('"Deleted"', '"Unknown"'))
      assert.match(yield* refused, /does not end as an audit log ends: a line at its end was altered/)
      yield* write(path, "no line\n".repeat(50_000))
      assert.match(yield* refused, /no line in its last 262144 bytes/)
      // Where so much is looked at that it begins inside of a line.
      yield* write(path, `${text}${"x".repeat(262_000)}`)
      assert.match(yield* refused, /no line in its last 262144 bytes/)
      yield* write(path, "")
      for (const end of [text.slice(0, -3), text.slice(0, -1), ""]) {
        yield* write(`${path}.1`, end)
        assert.match(yield* refused, /audit\.jsonl\.1 does not end with a whole line/)
      }
    }))
})

describe("a line that was cut short", () => {
  test("at every byte: it is told, closed off, and the chain goes on behind it", (path) =>
    Effect.gen(function* () {
      yield* record(path, ["a"])
      const fs = yield* FileSystem.FileSystem
      const bytes = yield* fs.readFile(path)
      const start = bytes.lastIndexOf(10, -2) + 1
      for (let end = start; end <= bytes.length; end += 1) {
        yield* write(path, bytes.subarray(0, end))
        const cut = end > start && end < bytes.length
        if (cut) assert.deepInclude(broken(yield* verifyAuditLog(path)), { kind: "torn", line: 2 })
        yield* record(path, [])
        // One that lacks nothing but its line break is whole.
        const whole = end >= bytes.length - 1
        const { head, open, torn } = yield* verified(path)
        assert.deepStrictEqual(
          [head.count, open.length, torn],
          [cut || whole ? 2 : 1, whole ? 0 : 1, whole || !cut ? 0 : 1],
          `at ${end - start}`
        )
      }
    }))

  test("also where closing it off was cut short itself, and where it is the first", (path) =>
    Effect.gen(function* () {
      yield* record(path, ["a"])
      const text = yield* read(path)
      for (const begun of ["", text]) {
        yield* write(path, `${begun}{"v":1,"se`)
        yield* record(path, [])
        const closed = yield* read(path)
        const mark = closed.split("\n").at(-2) ?? ""
        for (const left of [0, 1, 50, mark.length - 1, mark.length]) {
          yield* write(path, closed.slice(0, closed.length - 1 - mark.length + left))
          yield* record(path, ["b"])
          assert.strictEqual((yield* verified(path)).torn, 1)
        }
      }
    }))

  test("what was closed off cannot be changed, taken away, or made up", (path) =>
    Effect.gen(function* () {
      yield* record(path, ["a"])
      const fs = yield* FileSystem.FileSystem
      yield* fs.writeFileString(path, "half", { flag: "a" })
      yield* record(path, ["b"])
      const text = yield* read(path)
      const changed = (from: string, to: string) =>
        Effect.andThen(write(path, text.replace(from, to)), Effect.map(verifyAuditLog(path), broken))
      assert.deepInclude(yield* changed("half\n", "helf\n"), { kind: "altered", line: 3 })
      assert.deepInclude(yield* changed("half\n", "halff\n"), { kind: "altered", line: 3 })
      assert.deepInclude(yield* changed("half\n", ""), { kind: "missing", line: 3 })
      assert.deepInclude(yield* changed('"kind":"torn"', '"kind":"born"'), { kind: "foreign", line: 3 })
    }))
})

describe("verifying", () => {
  test("every byte that is changed, taken out or put in is found", (path) =>
    Effect.gen(function* () {
      const fs = yield* FileSystem.FileSystem
      yield* record(path, ["a"], { maxBytes: 10 })
      const { files, head } = yield* verified(path)
      assert.strictEqual(files.length, 2)
      const contents = new Map(
        yield* Effect.forEach(files, (file) => Effect.map(fs.readFile(file), (bytes) => [file, bytes] as const))
      )
      // Read from memory: there are thousands of them.
      const verifyWith = (changed: string, bytes: Uint8Array) =>
        Effect.provideService(
          verifyAuditLog(path, { expected: head }),
          FileSystem.FileSystem,
          FileSystem.FileSystem.of({
            ...fs,
            stream: (file) => Stream.succeed(file === changed ? bytes : (contents.get(file) ?? new Uint8Array()))
          })
        )
      for (const [file, bytes] of contents) {
        intact(yield* verifyWith(file, bytes))
        for (const [at, byte] of bytes.entries()) {
          for (const put of [[], [byte, byte], [10, byte], [byte ^ (1 << (at % 8))]]) {
            const changed = Uint8Array.of(...bytes.subarray(0, at), ...put, ...bytes.subarray(at + 1))
            const report = yield* verifyWith(file, changed)
            assert.strictEqual(report._tag, "Broken", `${file}, byte ${at}: ${put.join()}`)
          }
        }
      }
    }))

  test("every line that is taken away, doubled, moved or put in is found", (path) =>
    Effect.gen(function* () {
      yield* record(path, ["a", "b", "c"])
      const { head } = yield* verified(path)
      const lines = (yield* read(path)).split("\n").slice(0, -1)
      const found = Effect.fnUntraced(function* (changed: ReadonlyArray<string>) {
        yield* write(path, changed.map((line) => `${line}\n`).join(""))
        return broken(yield* verifyAuditLog(path, { expected: head }))
      })
      for (const index of lines.keys()) {
        const line = lines[index] ?? ""
        const without = lines.toSpliced(index, 1)
        assert.strictEqual((yield* found(without)).kind, "missing")
        assert.deepInclude(yield* found(lines.toSpliced(index, 0, line)), { kind: "reordered", line: index + 2 })
        assert.strictEqual(
          (yield* found(lines.toSpliced(index, 0, ""))).kind,
          index < lines.length ? "foreign" : "torn"
        )
        assert.strictEqual((yield* found(lines.toSpliced(index, 0, "{}"))).kind, "foreign")
        for (const to of without.keys()) {
          if (to !== index) yield* found(without.toSpliced(to, 0, line))
        }
      }
      // At the end.
      assert.deepInclude(yield* found([...lines, ""]), { kind: "torn", line: 7 })
    }))

  test("what a chain does not show by itself shows against a head that was kept", (path) =>
    Effect.gen(function* () {
      yield* record(path, ["a", "b"])
      const { head } = yield* verified(path)
      const text = yield* read(path)
      // It may have grown since.
      yield* record(path, ["c"])
      assert.strictEqual((yield* verified(path, { expected: head })).head.count, 6)
      yield* write(path, `${text.split("\n").slice(0, 2).join("\n")}\n`)
      yield* verified(path)
      assert.deepInclude(broken(yield* verifyAuditLog(path, { expected: head })), {
        kind: "missing",
        file: path,
        line: 3
      })
      // Gone on with, it is as long as before, and another.
      yield* record(path, ["z"])
      yield* verified(path)
      const report = broken(yield* verifyAuditLog(path, { expected: head }))
      assert.deepInclude(report, { kind: "rewritten", file: path, line: 4 })
      assert.strictEqual(report.head.count, 3)
      assert.strictEqual(
        report.message,
        `Line 4 of ${JSON.stringify(path)} is rewritten: it is not the line that was written there.`
      )
    }))

  test("a line that is right by itself, and belongs to another log, is found", (path) =>
    Effect.gen(function* () {
      yield* record(path, ["a"])
      yield* record(`${path}-other`, ["a"])
      const [first] = (yield* read(path)).split("\n")
      const [, second] = (yield* read(`${path}-other`)).split("\n")
      yield* write(path, `${first}\n${second}\n`)
      assert.deepInclude(broken(yield* verifyAuditLog(path)), { kind: "rewritten", line: 2 })
    }))

  test("a big file of something else is not read to its end", (path) =>
    Effect.gen(function* () {
      yield* write(path, "no line\n".repeat(50_000))
      assert.deepInclude(broken(yield* verifyAuditLog(path)), { kind: "foreign", line: 1 })
      yield* write(path, "x".repeat(400_000))
      assert.deepInclude(broken(yield* verifyAuditLog(path)), { kind: "foreign", line: 1 })
    }))

  test("a line of a later version is none that it knows", (path) =>
    Effect.gen(function* () {
      const text = JSON.stringify({ v: 2, seq: 1, prev: "0".repeat(64) }).slice(0, -1)
      const hash = Buffer.from(
        yield* Effect.promise(() => crypto.subtle.digest("SHA-256", new TextEncoder().encode(text)))
      ).toString("hex")
      yield* write(path, `${text},"hash":"${hash}"}\n`)
      assert.deepInclude(broken(yield* verifyAuditLog(path)), { kind: "torn", line: 1 })
    }))

  test("a log that is not there is an error, and an empty one is intact", (path) =>
    Effect.gen(function* () {
      assert.strictEqual((yield* Effect.flip(verifyAuditLog(path))).reason._tag, "NotFound")
      yield* record(path, [])
      assert.deepInclude((yield* verified(path)).head, { count: 0, hash: "0".repeat(64) })
    }))
})
