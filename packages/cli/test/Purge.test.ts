/**
 * Purging as a shell sees it: real processes, real files, real sockets.
 */
import { Emulator } from "@powerdrill-sessions/emulator"
import { assert, describe, it, vi } from "@effect/vitest"
import { Effect, Fiber } from "effect"
import { createHash } from "node:crypto"
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { DatabaseSync } from "node:sqlite"
import { canary, command, environment, execute, objects, run, signal } from "./support/cli.ts"
import { contents, planFor } from "./support/plans.ts"
import { type Answer, json, reset, serve, success } from "../../core/test/support/Server.ts"

// Several processes one after the other.
vi.setConfig({ testTimeout: 30_000 })

const script = "/usr/bin/script"
if (!existsSync(script)) console.log(`Not run: the tests at a terminal need ${script}.`)

const numbered = (count: number) => Array.from({ length: count }, (_, index) => `session-${100 + index}`)

const notFound = json({ code: 300003 })

/** A server that answers only when it is told to. */
const holding = Effect.gen(function* () {
  const waiting: Array<() => void> = []
  let arrived = Promise.withResolvers<void>()
  let isOpen = false
  const answer: Answer = (response, arrival) => {
    if (isOpen) return success(response, arrival)
    waiting.push(() => success(response, arrival))
    arrived.resolve()
  }
  const server = yield* serve(answer)
  return {
    server,
    /** Waits until a request is there. */
    arrival: Effect.promise(() => arrived.promise),
    /** Answers what is there, and all that comes. */
    open: Effect.sync(() => {
      isOpen = true
      for (const answer of waiting.splice(0)) answer()
    }),
    /** Answers what is there, and holds what comes. */
    answer: Effect.sync(() => {
      arrived = Promise.withResolvers<void>()
      for (const answer of waiting.splice(0)) answer()
    })
  }
})

/** Changes a ledger by other means than a purge. */
const alter = (folder: string, statement: string): void => {
  const database = new DatabaseSync(join(folder, "plan.ledger.sqlite"))
  database.exec(statement)
  database.close()
}

const status = Effect.fnUntraced(function* (path: string) {
  const { stderr, stdout } = yield* run(["status", path, "--json"])
  assert.strictEqual(stderr, "")
  return JSON.parse(stdout)
})

describe("powerdrill-sessions purge", () => {
  it.live("B27 B29 deletes what the plan says: NDJSON on stdout, the sum on stderr, the key in no file or output", () =>
    Effect.gen(function* () {
      const emulator = yield* Emulator
      const ids = (yield* emulator.sessions).map(({ id }) => id)
      const { folder, path, words } = yield* planFor(emulator.baseUrl, ids, emulator.userId)
      const env = environment(emulator.baseUrl, emulator.apiKey)
      const { code, stderr, stdout } = yield* run(
        ["--log-level", "all", "purge", path, "--confirm", words, "--json", "--requests-per-second", "1000"],
        { env }
      )
      assert.strictEqual(code, 0, stderr)
      const events = objects(stdout)
      assert.deepStrictEqual(
        events.map(({ event }) => event),
        ["begun", ...ids.map(() => "settled"), "ended"]
      )
      assert.deepInclude(events[1], { outcome: "deleted", disposition: "deleted", error: null, attempts: 1 })
      assert.deepInclude(events.at(-1), { reason: "finished" })
      assert.include(stderr, "5 deleted + 0 not deleted + 0 unknown + 0 vetoed + 0 not begun = 5 planned.")
      assert.deepStrictEqual(yield* emulator.sessions, [])
      assert.isTrue(readdirSync(folder).includes("plan.ledger.sqlite"))
      for (const text of [stdout, stderr, contents(folder)]) assert.notInclude(text, emulator.apiKey)
    }).pipe(Effect.provide(Emulator.layerTest({ seedSessions: 5, apiKeys: [canary], rate: Infinity })))
  )

  it.live("B29 in a pipe tells of what is not deleted, a line for each, without escapes", () =>
    Effect.gen(function* () {
      const server = yield* serve(success, notFound, success)
      const { path, words } = yield* planFor(server.url, ["a", "b", "c"])
      const args = ["purge", path, "--confirm", words, "--concurrency", "1"]
      const { code, stderr, stdout } = yield* run(args, { env: environment(server.url) })
      assert.strictEqual(code, 1)
      assert.match(stdout, /^not deleted +b {2}SessionNotFound: .*\n$/)
      assert.notMatch((stdout + stderr).replaceAll("\n", ""), /\p{Cc}/u)
      assert.include(stderr, "2 deleted + 1 not deleted + 0 unknown + 0 vetoed + 0 not begun = 3 planned.")
      assert.include(stderr, `To see that they are absent: powerdrill-sessions verify ${path}\n`)
      const again = yield* run(["purge", path], { env: environment(server.url) })
      assert.strictEqual(again.code, 1)
      assert.include(again.stderr, "Nothing is left to send.")
      assert.strictEqual(server.arrivals.length, 3)
    })
  )

  it.live("B27 with nothing left to send, a ledger that was altered is refused all the same: exit 2", () =>
    Effect.gen(function* () {
      const server = yield* serve(success, notFound)
      const { folder, path, words } = yield* planFor(server.url, ["a", "b"])
      const env = environment(server.url)
      yield* run(["purge", path, "--confirm", words, "--concurrency", "1"], { env })
      alter(folder, "UPDATE requests SET state = 'deleted', disposition = 'deleted', error = NULL, final = 1")
      const { code, stderr } = yield* run(["purge", path], { env })
      assert.strictEqual(code, 2, stderr)
      assert.match(stderr, /^Nothing was sent\. .*ledger/)
      assert.notInclude(stderr, "Nothing is left to send")
      assert.strictEqual(server.arrivals.length, 2)
    })
  )

  it.live("--absent-is-deleted counts what is not there as deleted, and says how many", () =>
    Effect.gen(function* () {
      const server = yield* serve(notFound)
      const { path, words } = yield* planFor(server.url, ["a"])
      const { code, stderr } = yield* run(["purge", path, "--confirm", words, "--absent-is-deleted"], {
        env: environment(server.url)
      })
      assert.strictEqual(code, 0)
      assert.include(stderr, "1 deleted (1 of them not there to begin with)")
      assert.include(
        stderr,
        `To see that they are gone: powerdrill-sessions verify ${path}, and for the record: powerdrill-sessions report ${path}\n`
      )
    })
  )

  it.live(
    "B30 without a terminal, and with other words, nothing is sent or written: exit 2, and the words are said",
    () =>
      Effect.gen(function* () {
        const server = yield* serve(success)
        const { folder, path, words } = yield* planFor(server.url, ["a", "b"])
        for (const more of [[], ["--confirm", "yes"], ["--confirm", words.replace("2", "3")]]) {
          const { code, stderr, stdout } = yield* run(["purge", path, ...more], {
            env: environment(server.url),
            stdin: `${words}\n`
          })
          assert.strictEqual(code, 2)
          assert.strictEqual(stdout, "")
          assert.include(stderr, `--confirm "${words}"`)
        }
        assert.strictEqual(server.arrivals.length, 0)
        assert.deepStrictEqual(readdirSync(folder), ["plan.jsonl"])
      })
  )

  it.live("exit 2: an edited plan, and the line is named; another server; too many; nothing is sent", () =>
    Effect.gen(function* () {
      const server = yield* serve(success)
      const { folder, path, words } = yield* planFor(server.url, ["a", "b"])
      const env = environment(server.url)
      const args = ["purge", path, "--confirm", words]
      const other = yield* run(args, { env: environment(`${server.url}/other`) })
      assert.strictEqual(other.code, 2)
      assert.include(other.stderr, `was made for`)
      const many = yield* run([...args, "--max-delete", "1"], { env })
      assert.strictEqual(many.code, 2)
      assert.include(many.stderr, "the plan has 2 sessions, and --max-delete allows 1")
      writeFileSync(path, readFileSync(path, "utf8").replace('"sessionId":"b"', '"sessionId":"c"'))
      const edited = yield* run(args, { env })
      assert.strictEqual(edited.code, 2)
      assert.include(edited.stderr, "line 3")
      assert.strictEqual(server.arrivals.length, 0)
      assert.deepStrictEqual(readdirSync(folder), ["plan.jsonl"])
    })
  )

  it.live("--dry-run checks, counts, sends nothing and writes nothing", () =>
    Effect.gen(function* () {
      const server = yield* serve(success, notFound, reset)
      const { folder, path, words } = yield* planFor(server.url, ["a", "b", "c"])
      const env = environment(server.url)
      const first = yield* run(["purge", path, "--dry-run"], { env })
      assert.strictEqual(first.code, 0)
      assert.strictEqual(first.stdout, `would send   3 deletes of 3 planned to ${server.url}\n`)
      assert.deepStrictEqual(readdirSync(folder), ["plan.jsonl"])
      yield* run(["purge", path, "--confirm", words, "--retry", "none", "--concurrency", "1"], { env })
      const arrivals = server.arrivals.length
      const before = contents(folder)
      const second = yield* run(["purge", path, "--dry-run", "--json"], { env })
      assert.deepStrictEqual(objects(second.stdout), [{ event: "dry-run", planned: 3, wouldSend: 1 }])
      assert.strictEqual(server.arrivals.length, arrivals)
      assert.isTrue(contents(folder) === before)
    })
  )

  it.live("exit 4: a refused key; nothing more is begun, and it goes on with a better one", () =>
    Effect.gen(function* () {
      const server = yield* serve(json({ code: 1002 }), success)
      const { path, words } = yield* planFor(server.url, ["a", "b", "c"])
      const args = ["purge", path, "--confirm", words, "--concurrency", "1"]
      const { code, stderr } = yield* run(args, { env: environment(server.url) })
      assert.strictEqual(code, 4, stderr)
      assert.include(stderr, "the API refused the key")
      assert.notInclude(stderr, canary)
      assert.strictEqual(server.arrivals.length, 1)
      assert.strictEqual((yield* run(args, { env: environment(server.url) })).code, 0)
    })
  )

  it.live("exit 3: unknown; run again, not found means that it is gone", () =>
    Effect.gen(function* () {
      const server = yield* serve(reset, notFound)
      const { path, words } = yield* planFor(server.url, ["a"])
      const args = ["purge", path, "--confirm", words, "--retry", "none", "--json"]
      const first = yield* run(args, { env: environment(server.url) })
      assert.strictEqual(first.code, 3)
      assert.include(first.stderr, "Run the same command again: it is safe to repeat.")
      const second = yield* run(args, { env: environment(server.url) })
      assert.strictEqual(second.code, 0, second.stderr)
      assert.deepInclude(objects(second.stdout)[1], { outcome: "deleted", disposition: "absent-after-unknown" })
    })
  )

  it.live("exit 5: a plugin refuses; two of one name are exit 2", () =>
    Effect.gen(function* () {
      const server = yield* serve(success)
      const { folder, path, words } = yield* planFor(server.url, ["a", "b"])
      const file = join(folder, "hold.mjs")
      writeFileSync(
        file,
        `export default { name: "hold", before: ({ sessionId }) => { if (sessionId === "a") throw new Error("on hold") } }`
      )
      const args = ["purge", path, "--confirm", words, "--plugin", file]
      const twice = yield* run([...args, "--plugin", file], { env: environment(server.url) })
      assert.strictEqual(twice.code, 2)
      const { code, stdout } = yield* run(args, { env: environment(server.url) })
      assert.strictEqual(code, 5)
      assert.match(stdout, /^vetoed +a .*on hold/)
      assert.strictEqual(server.arrivals.length, 1)
    })
  )

  it.live("Ctrl-C: no further call is begun, the one under way ends, exit 130; run again, it goes on", () =>
    Effect.gen(function* () {
      const { arrival, open, server } = yield* holding
      const { path, words } = yield* planFor(server.url, ["a", "b", "c"])
      const args = ["purge", path, "--confirm", words, "--json", "--concurrency", "1"]
      const stopping = Promise.withResolvers<void>()
      let interrupt = () => {}
      const fiber = yield* Effect.forkChild(
        run(args, {
          env: environment(server.url),
          during: (child) => {
            interrupt = () => signal(child, "SIGINT")
            child.stderr?.on("data", (text: string) => {
              if (text.includes("Stopping")) stopping.resolve()
            })
          }
        })
      )
      yield* arrival
      interrupt()
      yield* Effect.promise(() => stopping.promise)
      yield* open
      const { code, stderr, stdout } = yield* Fiber.join(fiber)
      assert.strictEqual(code, 130)
      assert.include(stderr, "Stopping: no further call is begun, those under way (1) come to their end.")
      assert.include(stderr, "1 deleted + 0 not deleted + 0 unknown + 0 vetoed + 2 not begun = 3 planned.")
      assert.deepInclude(objects(stdout).at(-1), { event: "ended", reason: "halted" })
      assert.strictEqual(server.arrivals.length, 1)
      const again = yield* run(args, { env: environment(server.url) })
      assert.strictEqual(again.code, 0)
      assert.deepInclude(objects(again.stdout)[0], { event: "begun", resumed: true })
      assert.strictEqual(server.arrivals.length, 3)
    })
  )

  it.live("a reader that goes away is no crash: nothing more is begun, and the ledger knows what was", () =>
    Effect.gen(function* () {
      const server = yield* serve(success)
      const { path, words } = yield* planFor(server.url, numbered(200))
      const { code, stderr } = yield* run(
        ["purge", path, "--confirm", words, "--json", "--requests-per-second", "100"],
        {
          env: environment(server.url),
          during: (child) => child.stdout?.once("data", () => child.stdout?.destroy())
        }
      )
      assert.strictEqual(code, 1, stderr)
      assert.include(stderr, "Standard output cannot be written")
      assert.isBelow(server.arrivals.length, 200)
      const { counts, reason } = yield* status(path)
      assert.strictEqual(reason, "halted")
      assert.strictEqual(counts.deleted, server.arrivals.length)
    })
  )

  it.live("a second signal leaves at once: what was under way is unknown, and the next run asks again", () =>
    Effect.gen(function* () {
      const { arrival, open, server } = yield* holding
      const { path, words } = yield* planFor(server.url, ["a", "b", "c"])
      const args = ["purge", path, "--confirm", words, "--concurrency", "1"]
      let interrupt = () => {}
      const fiber = yield* Effect.forkChild(
        run(args, {
          env: environment(server.url),
          during: (child) => {
            interrupt = () => {
              signal(child, "SIGTERM")
              const again = setInterval(() => signal(child, "SIGTERM"), 50)
              child.on("exit", () => clearInterval(again))
            }
          }
        })
      )
      yield* arrival
      interrupt()
      const { code, stderr } = yield* Fiber.join(fiber)
      assert.strictEqual(code, 143)
      assert.match(stderr, /unknown +a {2}left while a request was under way/)
      assert.include(stderr, "3 not begun = 3 planned. Under way, and now unknown: 1.\n")
      assert.match(stderr, /Run the same command again: it asks about those under way\.\n$/)
      const left = yield* status(path)
      assert.deepInclude(left, { state: "cut-off", isHeld: false })
      assert.deepInclude(left.counts, { unknown: 1, unprocessed: 2 })
      yield* open
      assert.strictEqual((yield* run(args, { env: environment(server.url) })).code, 0)
      assert.strictEqual(server.arrivals.length, 4)
    })
  )

  it.live(
    "kill -9, as often as you like: nothing is deleted that was not planned, and nothing is forgotten",
    () =>
      Effect.gen(function* () {
        const emulator = yield* Emulator
        const ids: Array<string> = []
        for (let index = 0; index < 60; index++) ids.push((yield* emulator.create()).id)
        const kept = yield* emulator.create()
        const { path, words } = yield* planFor(emulator.baseUrl, ids, emulator.userId)
        const args = ["purge", path, "--confirm", words, "--json", "--requests-per-second", "1000"]
        const env = environment(emulator.baseUrl, emulator.apiKey)
        for (const after of [5, 12]) {
          yield* run(args, {
            env,
            during: (child) => {
              let lines = 0
              child.stdout?.on("data", (text: string) => {
                lines += text.split("\n").length - 1
                if (lines >= after) child.kill("SIGKILL")
              })
            }
          })
          assert.deepInclude(yield* status(path), { state: "cut-off" })
        }
        const { code, stderr, stdout } = yield* run(args, { env })
        assert.strictEqual(code, 0, stderr)
        assert.deepInclude(objects(stdout).at(-1)?.["counts"], { planned: 60, deleted: 60, unprocessed: 0 })
        assert.deepStrictEqual(
          (yield* emulator.sessions).map(({ id }) => id),
          [kept.id]
        )
        assert.strictEqual((yield* run(["ledger", "verify", path])).code, 0)
      }).pipe(Effect.provide(Emulator.layerTest({ rate: Infinity, latency: "20 millis", seedSessions: 0 }))),
    30_000
  )

  for (const [answer, code, arrivals] of [
    ["the words", 0, 2],
    ["y", 5, 0],
    ["", 5, 0]
  ] as const) {
    it.live.skipIf(!existsSync(script))(
      `B30 a terminal asks for words: ${JSON.stringify(answer)} is exit ${code}`,
      () =>
        Effect.gen(function* () {
          const server = yield* serve(success)
          const { folder, path, words } = yield* planFor(server.url, ["a", "b"])
          const line = [...command, "purge", path].map((word) => `'${word}'`).join(" ")
          const ended = yield* execute([script, "--quiet", "--return", "--command", line, "/dev/null"], {
            env: { ...environment(server.url), TERM: "dumb" },
            stdin: `${answer === "the words" ? words : answer}\n`
          })
          assert.include(ended.stdout, `Delete 2 sessions at ${server.url}? This cannot be undone.`)
          assert.include(ended.stdout, `To go on, type ${words}: `)
          assert.strictEqual(ended.code, code)
          assert.strictEqual(server.arrivals.length, arrivals)
          assert.notInclude(ended.stdout, "\u001b")
          if (code === 5) assert.deepStrictEqual(readdirSync(folder), ["plan.jsonl"])
        })
    )
  }

  it.live.skipIf(!existsSync(script))("resuming at a terminal says what remains, and asks again", () =>
    Effect.gen(function* () {
      const server = yield* serve(success, reset, success)
      const { path, words } = yield* planFor(server.url, ["a", "b"])
      const env = { ...environment(server.url), TERM: "dumb" }
      yield* run(["purge", path, "--confirm", words, "--retry", "none", "--concurrency", "1"], { env })
      const line = [...command, "purge", path].map((word) => `'${word}'`).join(" ")
      const ended = yield* execute([script, "--quiet", "--return", "--command", line, "/dev/null"], {
        env,
        stdin: `${words}\n`
      })
      assert.include(ended.stdout, "Delete 1 sessions at")
      assert.include(ended.stdout, "This goes on with a purge that has begun: 1 deleted + 0 not deleted + 1 unknown")
      assert.strictEqual(ended.code, 0)
    })
  )

  for (const [name, env, columns, frame] of [
    ["shows how it stands in one line that changes", { TERM: "xterm" }, 120, /^\[#*-*\] \d+\/40 {2}\d+ deleted/],
    ["fits a narrow terminal", { TERM: "xterm" }, 24, /^\d+\/40 {2}\d+ deleted/],
    ["has no escapes with NO_COLOR", { TERM: "xterm", NO_COLOR: "1" }, 120, undefined]
  ] as const) {
    it.live.skipIf(!existsSync(script))(`B29 a terminal ${name}`, () =>
      Effect.gen(function* () {
        const emulator = yield* Emulator
        const ids = (yield* emulator.sessions).map(({ id }) => id)
        const { path, words } = yield* planFor(emulator.baseUrl, ids, emulator.userId)
        const args = ["purge", path, "--confirm", words, "--requests-per-second", "1000"]
        const line = [...command, ...args].map((word) => `'${word}'`).join(" ")
        const ended = yield* execute(
          [script, "--quiet", "--return", "--command", `stty cols ${columns}; ${line}`, "/dev/null"],
          { env: { ...environment(emulator.baseUrl, emulator.apiKey), ...env }, stdin: "open" }
        )
        assert.strictEqual(ended.code, 0, ended.stdout)
        const frames = ended.stdout
          .split("\r\u001b[K")
          .slice(1)
          .filter((text) => text.includes("/40"))
        assert.strictEqual(frames.length > 0, frame !== undefined)
        if (frame === undefined) assert.notInclude(ended.stdout, "\u001b")
        else assert.isTrue(frames.every((text) => frame.test(text) && text.length < columns))
        assert.include(ended.stdout, "40 deleted + 0 not deleted")
      }).pipe(
        Effect.provide(
          Emulator.layerTest({ seedSessions: 40, apiKeys: [canary], rate: Infinity, latency: "50 millis" })
        )
      )
    )
  }
})

describe("from a second shell", () => {
  it.live(
    "a ledger in use is refused; status says who; pause, resume and cancel steer it",
    () =>
      Effect.gen(function* () {
        const { answer, arrival, open, server } = yield* holding
        const { path, words } = yield* planFor(server.url, numbered(40))
        // What is held is not sent again, however long the other programs take.
        const env = { ...environment(server.url), POWERDRILL_ATTEMPT_TIMEOUT: "1 minute" }
        const args = ["purge", path, "--confirm", words, "--concurrency", "1", "--requests-per-second", "1000"]
        const paused = Promise.withResolvers<void>()
        const fiber = yield* Effect.forkChild(
          run(args, {
            env,
            during: (child) => {
              child.stderr?.on("data", (text: string) => {
                if (text.includes("Paused by")) paused.resolve()
              })
            }
          })
        )
        yield* arrival
        const running = yield* status(path)
        assert.deepInclude(running, { state: "running", isHeld: true })
        assert.match(running.by, /.@.*, process \d+$/)
        const second = yield* run(args, { env })
        assert.strictEqual(second.code, 2)
        assert.match(second.stderr, /another process is at it\. Running: .+@.+, process \d+ since \d/)
        const verified = yield* run(["ledger", "verify", path])
        assert.strictEqual(verified.code, 2)

        assert.include((yield* run(["pause", path])).stderr, "no further call is begun until `resume`")
        yield* answer
        yield* Effect.promise(() => paused.promise)
        assert.strictEqual(server.arrivals.length, 1)
        assert.deepInclude(yield* status(path), { state: "paused", isHeld: true })

        assert.include((yield* run(["resume", path])).stderr, "It goes on.")
        yield* arrival
        const cancelled = yield* run(["cancel", path])
        assert.include(cancelled.stderr, "Cancelled: no further call is begun")
        yield* open
        const ended = yield* Fiber.join(fiber)
        assert.strictEqual(ended.code, 5, ended.stderr)
        assert.include(ended.stderr, "2 deleted + 0 not deleted + 0 unknown + 0 vetoed + 38 not begun = 40 planned.")
        assert.deepInclude(yield* status(path), { state: "cancelled", isHeld: false })

        const refused = yield* run(args, { env })
        assert.strictEqual(refused.code, 5)
        assert.include(refused.stderr, "`resume` takes that back")
        assert.include((yield* run(["resume", path])).stderr, "`purge` may go on with it.")
        assert.strictEqual((yield* run(args, { env })).code, 0)
        assert.deepInclude(yield* status(path), { state: "ended", reason: "finished" })
      }),
    60_000
  )

  it.live(
    "a plan without a ledger: not begun for status, exit 2 for the others; without a plan exit 2 for all",
    () =>
      Effect.gen(function* () {
        const { folder, path } = yield* planFor("http://127.0.0.1:9", ["a"])
        assert.deepInclude(yield* status(path), { state: "not-begun", by: null, reason: null })
        for (const args of [["pause"], ["resume"], ["cancel"], ["ledger", "verify"], ["ledger", "export"]]) {
          const { code, stderr, stdout } = yield* run([...args, path])
          assert.strictEqual(code, 2)
          assert.strictEqual(stdout, "")
          assert.include(stderr, "There is no ledger at")
        }
        assert.deepStrictEqual(readdirSync(folder), ["plan.jsonl"])
        assert.strictEqual((yield* run(["status", join(folder, "missing.jsonl")])).code, 2)
      }),
    30_000
  )

  it.live("a purge that has finished cannot be paused or cancelled: exit 2, and the ledger is as it was", () =>
    Effect.gen(function* () {
      const server = yield* serve(success, reset, success)
      const { folder, path, words } = yield* planFor(server.url, ["a", "b"])
      const args = ["purge", path, "--confirm", words, "--retry", "none", "--concurrency", "1"]
      const env = environment(server.url)
      assert.strictEqual((yield* run(args, { env })).code, 3)
      // The next run asks about the one that is unknown.
      assert.strictEqual((yield* run(["pause", path])).code, 0)
      assert.strictEqual((yield* run(["resume", path])).code, 0)
      assert.strictEqual((yield* run(args, { env })).code, 0)
      const before = contents(folder)
      for (const verb of ["pause", "cancel"]) {
        const { code, stderr } = yield* run([verb, path])
        assert.deepStrictEqual([code, stderr], [2, `The purge has finished: there is nothing to ${verb}.\n`])
      }
      assert.isTrue(contents(folder) === before)
      assert.deepInclude(yield* status(path), { state: "ended", reason: "finished" })
    })
  )
})

describe("powerdrill-sessions ledger", () => {
  it.live(
    "export prints entries whose hashes anyone can compute; verify names the one that was altered: exit 1",
    () =>
      Effect.gen(function* () {
        const server = yield* serve(success)
        const { folder, path, words } = yield* planFor(server.url, ["a", "b"])
        yield* run(["purge", path, "--confirm", words], { env: environment(server.url) })
        const exported = yield* run(["ledger", "export", path])
        let previous = "0".repeat(64)
        for (const line of exported.stdout.trimEnd().split("\n")) {
          const { hash, ...body } = JSON.parse(line)
          previous = createHash("sha256")
            .update(`${previous}\n${JSON.stringify(body)}`)
            .digest("hex")
          assert.strictEqual(hash, previous)
        }
        const verified = yield* run(["ledger", "verify", path])
        assert.strictEqual(verified.code, 0)
        assert.strictEqual(
          verified.stdout,
          `${exported.stdout.trimEnd().split("\n").length} entries, as they were written. The last one has the hash ${previous}\n`
        )
        const cut = yield* run(["ledger", "export", path], { during: (child) => child.stdout?.destroy() })
        assert.deepStrictEqual(
          [cut.code, cut.stderr],
          [1, "Standard output cannot be written.\nInterrupted: what was written is not all.\n"]
        )
        const file = join(folder, "export.jsonl")
        assert.strictEqual((yield* run(["ledger", "export", path, "-o", file])).code, 0)
        assert.strictEqual(readFileSync(file, "utf8"), exported.stdout)
        assert.strictEqual((yield* run(["ledger", "export", path, "-o", file])).code, 2)
        assert.strictEqual((yield* run(["ledger", "export", path, "-o", file, "--force"])).code, 0)

        alter(folder, `UPDATE entries SET body = replace(body, '"deleted"', '"unknown"')`)
        const altered = yield* run(["ledger", "verify", path])
        assert.strictEqual(altered.code, 1)
        assert.match(altered.stderr, /Entry \d of the ledger/)
      }),
    20_000
  )

  it.live("B27 report and ledger verify refuse a ledger that is not that of the plan beside it: exit 2", () =>
    Effect.gen(function* () {
      const server = yield* serve(success)
      const { path, words } = yield* planFor(server.url, ["a", "b"])
      yield* run(["purge", path, "--confirm", words], { env: environment(server.url) })
      const other = yield* planFor(server.url, ["a", "b", "c"])
      const text = readFileSync(path, "utf8")
      const commands = [["report"], ["ledger", "verify"]]
      for (const [plan, says] of [
        [readFileSync(other.path, "utf8"), "The ledger is not that of the plan beside it"],
        [text.replace('"sessionId":"b"', '"sessionId":"c"'), "line 3"]
      ] as const) {
        writeFileSync(path, plan)
        for (const command of commands) {
          const { code, stderr, stdout } = yield* run([...command, path])
          assert.strictEqual(code, 2, stderr)
          assert.strictEqual(stdout, "")
          assert.include(stderr, says)
        }
      }
      rmSync(path)
      for (const command of commands) {
        const { code, stderr } = yield* run([...command, path])
        assert.strictEqual(code, 0, stderr)
        assert.include(stderr, `There is no plan at ${path}: it was not looked at`)
      }
      writeFileSync(path, text)
      for (const command of commands) assert.strictEqual((yield* run([...command, path])).stderr, "")
    })
  )
})
