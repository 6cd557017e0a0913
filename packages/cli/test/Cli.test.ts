/**
 * The program as a shell sees it: real processes, real sockets.
 */
import { Emulator } from "@powerdrill-sessions/emulator"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber } from "effect"
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { createRequire } from "node:module"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { pathToFileURL } from "node:url"
import { canary, command, environment, execute, objects, run, signal } from "./support/cli.ts"
import { json, reset, serve, success } from "../../core/test/support/Server.ts"

/** The environment of a user of the emulator. */
const emulated = Effect.map(Emulator, (emulator) => ({
  emulator,
  env: environment(emulator.baseUrl, emulator.apiKey, emulator.userId)
}))

/** The module of a package, as a program in another folder can import it. */
const moduleOf = (specifier: string) => pathToFileURL(createRequire(import.meta.url).resolve(specifier)).href

const withEmulator = Effect.provide(Emulator.layerTest())

const byText = (a: string, b: string) => a.localeCompare(b)

const temporaryFolder = Effect.acquireRelease(
  Effect.sync(() => mkdtempSync(join(tmpdir(), "powerdrill-sessions-cli-"))),
  (folder) => Effect.sync(() => rmSync(folder, { recursive: true }))
)

describe("powerdrill-sessions", () => {
  it.live("says its version, its help and its completions on stdout", () =>
    Effect.gen(function* () {
      assert.match((yield* run(["--version"])).stdout, /powerdrill-sessions v\d+\.\d+\.\d+/)
      const help = yield* run(["delete", "--help"])
      assert.strictEqual(help.code, 0)
      for (const text of ["--user-id", "--api-key-file", "EXAMPLES", "Exit codes"]) assert.include(help.stdout, text)
      assert.notInclude(help.stdout, "--api-key ")
      for (const shell of ["bash", "zsh", "fish"]) {
        assert.include((yield* run(["--completions", shell])).stdout, "powerdrill-sessions")
      }
    })
  )

  it.live("an unknown flag or command is exit 2 with a suggestion, and nothing on stdout", () =>
    Effect.gen(function* () {
      for (const [args, suggestion] of [
        [["delete", "a", "--yess"], "--yes"],
        [["delte", "a"], "delete"]
      ] as const) {
        const { code, stderr, stdout } = yield* run(args)
        assert.strictEqual(code, 2)
        assert.strictEqual(stdout, "")
        assert.include(stderr, "Did you mean this?")
        assert.include(stderr, suggestion)
      }
      assert.strictEqual((yield* run([])).code, 2)
    })
  )
})

describe("powerdrill-sessions list", () => {
  it.live("prints ids and titles, aligned, and how many on stderr", () =>
    Effect.gen(function* () {
      const { emulator, env } = yield* emulated
      yield* emulator.create({ sessionId: "04b6", title: "Draft \u001b[31mred\n" })
      yield* emulator.create({ sessionId: "7c1e-9", title: "Other" })
      yield* emulator.create({ sessionId: "not-mine", userId: "tmm-2=", title: "Draft" })
      assert.deepStrictEqual(yield* run(["list"], { env }), {
        code: 0,
        stdout: "04b6    Draft \\u001b[31mred\\u000a\n7c1e-9  Other\n",
        stderr: "2 sessions.\n"
      })
      const other = yield* run(["list", "--user-id", "tmm-2=", "--title-contains", "raf"], { env })
      assert.deepStrictEqual(other, { code: 0, stdout: "not-mine  Draft\n", stderr: "1 session.\n" })
      assert.deepStrictEqual(yield* run(["list", "--title-contains", "nothing"], { env }), {
        code: 0,
        stdout: "",
        stderr: "0 sessions.\n"
      })
    }).pipe(withEmulator)
  )

  it.live("B29 --json prints one object per session, of all pages, and nothing else on stdout", () =>
    Effect.gen(function* () {
      const { emulator, env } = yield* emulated
      const { code, stderr, stdout } = yield* run(["--log-level", "all", "list", "--json"], { env })
      assert.strictEqual(code, 0)
      const listed = objects(stdout)
      assert.deepStrictEqual(
        listed.map(({ sessionId }) => sessionId),
        (yield* emulator.sessions).map(({ id }) => id)
      )
      assert.deepStrictEqual(Object.keys(listed[0] ?? {}), [
        "sessionId",
        "title",
        "userId",
        "agentId",
        "jobMode",
        "languageType",
        "maxMessagesInContext"
      ])
      assert.notInclude(stdout + stderr, emulator.apiKey)
    }).pipe(Effect.provide(Emulator.layerTest({ seedSessions: 23, maxPageSize: 10 })))
  )

  const page = (records: ReadonlyArray<unknown>, total: number) => json({ code: 0, data: { total, records } })
  for (const [what, answers, reason, expected] of [
    ["a page is missing", [page([{ id: "a" }], 2), page([], 2)], "and does not show them", 1],
    ["the second page is refused", [page([{ id: "a" }], 2), json({ code: 300001 })], "request as malformed", 1],
    ["the key is refused", [json({ code: 1004 })], "The API refused the key", 4],
    ["it is not permitted", [json({ code: 300002 })], "does not permit", 4]
  ] as const) {
    it.live(`prints nothing where it cannot read all, and says why: ${what}`, () =>
      Effect.gen(function* () {
        const server = yield* serve(...Array.from({ length: 6 }, () => answers).flat())
        const { code, stderr, stdout } = yield* run(["list"], { env: environment(server.url) })
        assert.deepStrictEqual([code, stdout], [expected, ""])
        assert.include(stderr, reason)
        assert.notInclude(stderr, "tmm-1=")
      })
    )
  }

  it.live("refuses what cannot be meant: exit 2, and nothing is sent", () =>
    Effect.gen(function* () {
      const server = yield* serve(success)
      const env = environment(server.url)
      for (const [args, message] of [
        [["--title-contains", ""], "Nothing was sent. --title-contains must not be empty: leave it out to list all."],
        [["--user-id", " x"], "Nothing was sent. --user-id must not begin or end with white space"],
        [["04b6"], "04b6"]
      ] as const) {
        const { code, stderr, stdout } = yield* run(["list", ...args], { env })
        assert.deepStrictEqual([code, stdout], [2, ""])
        assert.include(stderr, message)
      }
      const { stdout } = yield* run(["list", "--help"])
      for (const text of ["--title-contains", "no times", "Exit codes"]) assert.include(stdout, text)
      assert.notInclude(stdout, "--verify")
      assert.strictEqual(server.arrivals.length, 0)
    })
  )

  it.live("Ctrl-C ends it: exit 130, and none is listed", () =>
    Effect.gen(function* () {
      let interrupt = () => {}
      const server = yield* serve(page([{ id: "a" }], 2), () => interrupt())
      const { code, stderr, stdout } = yield* run(["list"], {
        env: environment(server.url),
        during: (child) => (interrupt = () => signal(child, "SIGINT"))
      })
      assert.deepStrictEqual([code, stdout], [130, ""])
      assert.include(stderr, "none is listed")
    })
  )
})

describe("powerdrill-sessions delete", () => {
  it.live("sends the documented request, byte for byte", () =>
    Effect.gen(function* () {
      const server = yield* serve(success)
      const { code } = yield* run(["delete", "a/../b", "--yes", "--external-trace-id", "mine 1"], {
        env: environment(`${server.url}/app/api/`)
      })
      assert.strictEqual(code, 0)
      const [{ body, headers, method, path }] = server.onlyArrival()
      assert.deepStrictEqual(
        [method, path, body],
        ["DELETE", "/app/api/v1/team/sessions/a%2F..%2Fb?userId=tmm-1%3D", ""]
      )
      assert.strictEqual(headers["x-pd-api-key"], canary)
      assert.strictEqual(headers["x-pd-external-trace-id"], "mine 1")
      assert.isUndefined(headers["traceparent"])
    })
  )

  it.live("B29 B30 deletes for real: exit 0, one line on stdout, the summary on stderr", () =>
    Effect.gen(function* () {
      const { emulator, env } = yield* emulated
      const session = yield* emulator.create()
      const { code, stderr, stdout } = yield* run(["delete", session.id, "--yes"], { env })
      assert.strictEqual(code, 0)
      assert.match(stdout, new RegExp(`^deleted +${session.id}  trace id \\S+\n$`))
      assert.strictEqual(stderr, "1 deleted.\n")
      assert.isFalse(yield* emulator.holds(session.id))
    }).pipe(withEmulator)
  )

  it.live("B29 --json prints one object per id, and nothing else on stdout, whatever is logged", () =>
    Effect.gen(function* () {
      const { emulator, env } = yield* emulated
      const session = yield* emulator.create()
      const { code, stderr, stdout } = yield* run(
        ["--log-level", "all", "delete", session.id, "missing", "--yes", "--json", "--concurrency", "1"],
        { env }
      )
      assert.strictEqual(code, 1)
      const [deleted, missing, ...more] = objects(stdout)
      assert.deepStrictEqual(more, [])
      assert.deepInclude(deleted, {
        sessionId: session.id,
        outcome: "deleted",
        disposition: "deleted",
        error: null,
        externalTraceId: null,
        attempts: 1
      })
      assert.strictEqual(typeof deleted?.["traceId"], "string")
      assert.strictEqual(typeof deleted?.["durationMs"], "number")
      assert.deepInclude(missing, { sessionId: "missing", outcome: "not-deleted", disposition: null, attempts: 1 })
      assert.deepInclude(missing?.["error"], { tag: "SessionNotFound", code: 300003, httpStatus: 200 })
      assert.include(stderr, "Powerdrill answered a delete")
      assert.notInclude(stdout + stderr, emulator.apiKey)
    }).pipe(withEmulator)
  )

  it.live("tells apart, for people, what was deleted and what was not there", () =>
    Effect.gen(function* () {
      const { emulator, env } = yield* emulated
      const session = yield* emulator.create()
      const mixed = yield* run(["delete", session.id, "missing", "--yes", "--if-exists"], { env })
      assert.match(mixed.stdout, /^not there +missing/m)
      assert.strictEqual(mixed.stderr, "1 deleted, 1 not there.\n")
      const none = yield* run(["delete", "missing", "--yes", "--if-exists"], { env })
      assert.strictEqual(none.code, 0)
      assert.include(none.stderr, "None of them was there: check the ids, and the project of the key.")
    }).pipe(withEmulator)
  )

  it.live("exit 2: a standard input that cannot be read is no empty list", () =>
    Effect.gen(function* () {
      const line = [...command, "delete", "-", "--yes"].map((word) => `'${word}'`).join(" ")
      const { code, stderr } = yield* execute(["sh", "-c", `${line} < /`], { env: environment("http://127.0.0.1:9") })
      assert.strictEqual(code, 2)
      assert.include(stderr, "standard input cannot be read")
    })
  )

  it.live("--if-exists counts an absent session as deleted", () =>
    Effect.gen(function* () {
      const { env } = yield* emulated
      const { code, stdout } = yield* run(["delete", "missing", "--yes", "--json", "--if-exists"], { env })
      assert.strictEqual(code, 0)
      assert.deepInclude(objects(stdout)[0], { outcome: "deleted", disposition: "already-absent" })
    }).pipe(withEmulator)
  )

  it.live("--dry-run checks and shows, and sends nothing", () =>
    Effect.gen(function* () {
      const server = yield* serve(success)
      const { code, stdout } = yield* run(["delete", "a#b", "c", "--dry-run"], { env: environment(server.url) })
      assert.strictEqual(code, 0)
      assert.strictEqual(
        stdout,
        `would send   DELETE ${server.url}/v1/team/sessions/a%23b?userId=tmm-1%3D\n` +
          `would send   DELETE ${server.url}/v1/team/sessions/c?userId=tmm-1%3D\n`
      )
      assert.strictEqual((yield* run(["delete", "..", "--dry-run"], { env: environment(server.url) })).code, 2)
      assert.strictEqual(server.arrivals.length, 0)
    })
  )

  it.live("reads ids from stdin: blank lines, comments and repetitions are left out", () =>
    Effect.gen(function* () {
      const server = yield* serve(success)
      const { code, stderr, stdout } = yield* run(["delete", "first", "-", "--yes", "--json"], {
        env: environment(server.url),
        stdin: "a\r\n\n# a comment\n   \nb\nfirst\na\n-c"
      })
      assert.strictEqual(code, 0)
      assert.deepStrictEqual(
        objects(stdout)
          .map(({ sessionId }) => String(sessionId))
          .toSorted(byText),
        ["-c", "a", "a", "b", "first", "first"]
      )
      assert.include(stderr, "6 ids were given, 4 different ones; each is sent once.")
      assert.strictEqual(server.arrivals.length, 4)
    })
  )

  it.live("exit 2: bytes that are no text do not become another id, and a carriage return does not part one", () =>
    Effect.gen(function* () {
      const server = yield* serve(success)
      for (const [stdin, says] of [
        [Buffer.from([0x63, 0x61, 0x66, 0xe9, 0x0a]), "not UTF-8"],
        ["a\rb\n", "control characters"]
      ] as const) {
        const { code, stderr } = yield* run(["delete", "-", "--yes"], { env: environment(server.url), stdin })
        assert.strictEqual(code, 2)
        assert.include(stderr, says)
      }
      assert.strictEqual(server.arrivals.length, 0)
    })
  )

  it.live("SIGTERM while ids are read: exit 143, and nothing is sent", () =>
    Effect.gen(function* () {
      const server = yield* serve(success)
      const { code } = yield* run(["delete", "-", "--yes"], {
        env: environment(server.url),
        stdin: "open",
        during: (child) => {
          // More than a pipe holds: when it is all written, it is being read.
          child.stdin?.write("a\n".repeat(200_000), () => signal(child, "SIGTERM"))
        }
      })
      assert.strictEqual(code, 143)
      assert.strictEqual(server.arrivals.length, 0)
    })
  )

  it.live(
    "takes 100,000 ids from stdin",
    () =>
      Effect.gen(function* () {
        const stdin = Array.from({ length: 100_000 }, (_, index) => `session-${index}\n`).join("")
        const { code, stdout } = yield* run(["delete", "-", "--dry-run", "--json"], {
          env: environment("http://127.0.0.1:9"),
          stdin
        })
        assert.strictEqual(code, 0)
        assert.strictEqual(stdout.split("\n").length, 100_001)
      }),
    60_000
  )

  it.live("nothing to do is no failure", () =>
    Effect.gen(function* () {
      const { code, stderr } = yield* run(["delete", "-", "--yes"], {
        env: environment("http://127.0.0.1:9"),
        stdin: "\n"
      })
      assert.strictEqual(code, 0)
      assert.include(stderr, "Nothing to delete")
    })
  )

  it.live("exit 2: one bad id, and nothing is sent", () =>
    Effect.gen(function* () {
      const server = yield* serve(success)
      const { code, stderr, stdout } = yield* run(["delete", "a", "..", " b", "--yes"], {
        env: environment(server.url)
      })
      assert.strictEqual(code, 2)
      assert.strictEqual(stdout, "")
      assert.match(stderr, /dot segment[^]*white space/)
      assert.strictEqual(server.arrivals.length, 0)
    })
  )

  it.live(
    "exit 2: no key, no user id, no id, a bad base URL or duration; nothing is sent",
    () =>
      Effect.gen(function* () {
        const server = yield* serve(success)
        const { POWERDRILL_PROJECT_API_KEY: key, POWERDRILL_USER_ID: user, ...url } = environment(server.url)
        const wrong: ReadonlyArray<readonly [args: ReadonlyArray<string>, env: Record<string, string>, says: string]> =
          [
            [["a"], { ...url, POWERDRILL_USER_ID: user }, "set POWERDRILL_PROJECT_API_KEY"],
            [["a"], { ...url, POWERDRILL_PROJECT_API_KEY: key }, "set POWERDRILL_USER_ID"],
            [[], environment(server.url), "Give at least one session id"],
            [["a"], environment(`${server.url}/v1/team`), `write ${server.url}`],
            [["a"], environment("http://sessions.example/api"), "give --allow-http"],
            [["a", "--deadline", "soon"], environment(server.url), "Expected a duration"],
            [["a", "--deadline", "0s"], environment(server.url), "positive"],
            [["a", "--concurrency", "0"], environment(server.url), "concurrency"],
            [["a", "--api-key-file", "missing-file"], environment(server.url), "missing-file"],
            [["a", "--external-trace-id", "x".repeat(129)], environment(server.url), "128 characters"],
            [["a"], { ...environment(server.url), POWERDRILL_DEADLINE: "soon" }, "POWERDRILL_DEADLINE"]
          ]
        for (const [args, env, says] of wrong) {
          const { code, stderr, stdout } = yield* run(["delete", ...args, "--yes"], { env })
          assert.strictEqual(code, 2, stderr)
          assert.strictEqual(stdout, "")
          assert.include(stderr, says)
          assert.notInclude(stderr, canary)
        }
        assert.strictEqual(server.arrivals.length, 0)
      }),
    60_000
  )

  it.live("takes the key from a file, and variables from another that the environment overrides", () =>
    Effect.gen(function* () {
      const server = yield* serve(success)
      const folder = yield* temporaryFolder
      const keyFile = join(folder, "key")
      const envFile = join(folder, "env")
      writeFileSync(keyFile, `${canary}\n`)
      writeFileSync(
        envFile,
        `POWERDRILL_BASE_URL=${server.url}\nPOWERDRILL_USER_ID="from file"\nPOWERDRILL_PROJECT_API_KEY=other`
      )
      const files = ["--env-file", envFile, "--api-key-file", keyFile]
      yield* run(["delete", "a", "--yes", ...files])
      yield* run(["delete", "a", "--yes", ...files], { env: { POWERDRILL_USER_ID: "from-environment" } })
      yield* run(["delete", "a", "--yes", ...files, "--user-id", "from-flag"])
      assert.deepStrictEqual(
        server.arrivals.map(({ headers, path }) => [headers["x-pd-api-key"], path.split("=")[1]]),
        [
          [canary, "from%20file"],
          [canary, "from-environment"],
          [canary, "from-flag"]
        ]
      )
    })
  )

  it.live("an --env-file is this program's own, not its runtime's", () =>
    Effect.gen(function* () {
      const server = yield* serve(success)
      const folder = yield* temporaryFolder
      const envFile = join(folder, "env")
      writeFileSync(envFile, `NODE_OPTIONS=--import=${join(folder, "missing.mjs")}`)
      const harmless = yield* run(["delete", "a", "--yes", "--env-file", envFile], { env: environment(server.url) })
      assert.strictEqual(harmless.code, 0, harmless.stderr)
      const missing = yield* run(["delete", "a", "--yes", "--env-file", join(folder, "missing")], {
        env: environment(server.url)
      })
      assert.strictEqual(missing.code, 2)
      assert.include(missing.stderr, "--env-file cannot be read")
    })
  )

  it.live("exit 3: unknown, with what to do next", () =>
    Effect.gen(function* () {
      const server = yield* serve(reset)
      const { code, stderr, stdout } = yield* run(["delete", "a", "--yes", "--json", "--retry", "none"], {
        env: environment(server.url)
      })
      assert.strictEqual(code, 3)
      assert.deepInclude(objects(stdout)[0], { outcome: "unknown", attempts: 1 })
      assert.include(stderr, "--if-exists")
      assert.strictEqual(server.arrivals.length, 1)
    })
  )

  it.live("exit 3: a timeout is unknown, though the server did delete it", () =>
    Effect.gen(function* () {
      const { emulator, env } = yield* emulated
      const session = yield* emulator.create()
      const { code } = yield* run(["delete", session.id, "--yes", "--retry", "none", "--attempt-timeout", "1500ms"], {
        env
      })
      assert.strictEqual(code, 3)
      assert.isFalse(yield* emulator.holds(session.id))
    }).pipe(Effect.provide(Emulator.layerTest({ latency: "2 seconds" })))
  )

  it.live("exit 4: a refused key; the rest is skipped", () =>
    Effect.gen(function* () {
      const { emulator, env } = yield* emulated
      const session = yield* emulator.create()
      const ids = ["a", "b", "c", session.id]
      const { code, stderr, stdout } = yield* run(["delete", ...ids, "--yes", "--json", "--concurrency", "1"], {
        env: { ...env, POWERDRILL_PROJECT_API_KEY: canary }
      })
      assert.strictEqual(code, 4)
      assert.deepStrictEqual(
        objects(stdout).map(({ outcome, sessionId }) => [sessionId, outcome]),
        [
          ["a", "not-deleted"],
          ["b", "skipped"],
          ["c", "skipped"],
          [session.id, "skipped"]
        ]
      )
      assert.include(stderr, "refused the key")
      assert.notInclude(stdout + stderr, canary)
      assert.isTrue(yield* emulator.holds(session.id))
    }).pipe(withEmulator)
  )

  it.live("exit 4: a session of another user is forbidden; the rest goes on", () =>
    Effect.gen(function* () {
      const { emulator, env } = yield* emulated
      const foreign = yield* emulator.create({ userId: "tmm-other" })
      const own = yield* emulator.create()
      const { code, stdout } = yield* run(["delete", foreign.id, own.id, "--yes", "--json", "--concurrency", "1"], {
        env
      })
      assert.strictEqual(code, 4)
      assert.deepStrictEqual(
        objects(stdout).map(({ outcome }) => outcome),
        ["not-deleted", "deleted"]
      )
    }).pipe(withEmulator)
  )

  it.live("B30 without a terminal and without --yes nothing is sent: exit 2", () =>
    Effect.gen(function* () {
      const server = yield* serve(success)
      const { code, stderr } = yield* run(["delete", "a"], { env: environment(server.url), stdin: "y\n" })
      assert.strictEqual(code, 2)
      assert.include(stderr, "give --yes")
      assert.strictEqual(server.arrivals.length, 0)
    })
  )

  const script = "/usr/bin/script"
  if (!existsSync(script)) console.log(`Not run: the tests at a terminal need ${script}.`)
  for (const [answer, code, arrivals] of [
    ["y", 0, 1],
    ["yes", 0, 1],
    ["", 5, 0],
    ["n", 5, 0],
    ["yse", 5, 0]
  ] as const) {
    it.live.skipIf(!existsSync(script))(`B30 a terminal asks, and ${JSON.stringify(answer)} is exit ${code}`, () =>
      Effect.gen(function* () {
        const server = yield* serve(success)
        const line = [...command, "delete", "a"].map((word) => `'${word}'`).join(" ")
        const ended = yield* execute([script, "--quiet", "--return", "--command", line, "/dev/null"], {
          env: { ...environment(server.url), TERM: "dumb" },
          stdin: `${answer}\n`
        })
        assert.include(ended.stdout, "Delete session a of user tmm-1= at http://127.0.0.1:")
        assert.include(ended.stdout, "This cannot be undone. [y/N]")
        assert.strictEqual(ended.code, code)
        assert.strictEqual(server.arrivals.length, arrivals)
        assert.notInclude(ended.stdout, "\u001b")
        if (code === 5) assert.match(ended.stdout, /vetoed +a  .*Plugin "confirmation" refused: declined\./)
      })
    )
  }

  it.live(
    "B21 --plugin loads guards, of any kind: what they refuse is vetoed, exit 5, and nothing is sent for it",
    () =>
      Effect.gen(function* () {
        const folder = yield* temporaryFolder
        const core = moduleOf("@powerdrill-sessions/core")
        const effect = moduleOf("effect")
        const modules = {
          "plain.ts": `const held: string = "a"
          export default { name: "plain", before: async (call: { sessionId: string }) => {
            if (call.sessionId === held) throw new Error("it is on hold")
          } }`,
          "core.ts": `import { Plugin } from ${JSON.stringify(core)}
          import { Effect } from ${JSON.stringify(effect)}
          export default Plugin.make({ name: "core", before: ({ sessionId }) =>
            sessionId === "a" ? Plugin.veto("it is on hold") : Effect.void })`,
          "effect.ts": `import { Plugin } from ${JSON.stringify(core)}
          import { Effect, FileSystem } from ${JSON.stringify(effect)}
          export default Effect.gen(function* () {
            const fs = yield* FileSystem.FileSystem
            const held = yield* fs.readFileString(new URL("held.txt", import.meta.url).pathname)
            return Plugin.make({ name: "effect", before: ({ sessionId }) =>
              sessionId === held ? Plugin.veto("it is on hold") : Effect.void })
          })`
        }
        writeFileSync(join(folder, "held.txt"), "a")
        for (const [name, source] of Object.entries(modules)) {
          const file = join(folder, name)
          writeFileSync(file, source)
          const server = yield* serve(success)
          const { code, stderr, stdout } = yield* run(["delete", "a", "b", "--yes", "--json", "--plugin", file], {
            env: environment(server.url)
          })
          assert.strictEqual(code, 5, stderr)
          const lines = objects(stdout)
          assert.strictEqual(lines.length, 2)
          const vetoed = lines.find(({ sessionId }) => sessionId === "a")
          assert.deepInclude(vetoed, { outcome: "vetoed", attempts: 0 })
          assert.include(JSON.stringify(vetoed), "it is on hold")
          assert.include(JSON.stringify(vetoed), name.replace(".ts", ""))
          assert.strictEqual(lines.find(({ sessionId }) => sessionId === "b")?.["outcome"], "deleted")
          assert.strictEqual(server.onlyArrival()[0].path, "/v1/team/sessions/b?userId=tmm-1%3D")
          assert.include(stderr, "1 deleted, 1 vetoed.")
        }
      })
  )

  it.live("B22 B23 an observer of --plugin is told of every call, and what it breaks stays broken alone", () =>
    Effect.gen(function* () {
      const folder = yield* temporaryFolder
      const file = join(folder, "observer.mjs")
      const log = join(folder, "log")
      writeFileSync(
        file,
        `import { appendFileSync } from "node:fs"
        export default { name: "observer",
          onAttempt: () => { throw new Error("oh") },
          after: ({ _tag, call }) => appendFileSync(${JSON.stringify(log)}, call.sessionId + " " + _tag + "\\n") }`
      )
      const server = yield* serve(success, json({ code: 300003 }))
      const { code, stderr, stdout } = yield* run(
        ["delete", "a", "b", "--yes", "--concurrency", "1", "--plugin", file],
        { env: environment(server.url) }
      )
      assert.strictEqual(code, 1, stderr)
      assert.match(stdout, /^deleted +a .*\nnot deleted +b /)
      assert.strictEqual(readFileSync(log, "utf8"), "a Deleted\nb NotDeleted\n")
      assert.include(stderr, 'Plugin "observer"')
    })
  )

  it.live("a package is found from the working directory, and only when it is named", () =>
    Effect.gen(function* () {
      const folder = yield* temporaryFolder
      const installed = join(folder, "node_modules/no-deletes")
      mkdirSync(installed, { recursive: true })
      writeFileSync(
        join(installed, "package.json"),
        JSON.stringify({ name: "no-deletes", type: "module", exports: "./index.js" })
      )
      writeFileSync(
        join(installed, "index.js"),
        `export default { name: "no-deletes", before: () => { throw new Error("not on Fridays") } }`
      )
      const server = yield* serve(success)
      const env = environment(server.url)
      const vetoed = yield* run(["delete", "a", "--yes", "--plugin", "no-deletes"], { env, cwd: folder })
      assert.strictEqual(vetoed.code, 5, vetoed.stderr)
      assert.include(vetoed.stdout, "not on Fridays")
      assert.strictEqual(server.arrivals.length, 0)
      assert.strictEqual((yield* run(["delete", "a", "--yes"], { env, cwd: folder })).code, 0)
    })
  )

  it.live("B22 a promise that an observer leaves alone, and that is rejected, changes nothing but a line", () =>
    Effect.gen(function* () {
      const folder = yield* temporaryFolder
      const file = join(folder, "webhook.mjs")
      writeFileSync(
        file,
        `export default { name: "webhook", after: () => { void Promise.reject(new Error("no webhook")) } }`
      )
      const server = yield* serve(success)
      const ids = Array.from({ length: 20 }, (_, index) => `session-${index}`)
      const { code, stderr, stdout } = yield* run(["delete", ...ids, "--yes", "--json", "--plugin", file], {
        env: environment(server.url)
      })
      assert.strictEqual(code, 0, stderr)
      assert.strictEqual(objects(stdout).length, 20)
      assert.include(stderr, "A plugin left a promise alone that was rejected, which changes nothing: no webhook")
      assert.include(stderr, "20 deleted.")
    })
  )

  it.live("SIGINT while a plugin is loaded: exit 130, and nothing is sent", () =>
    Effect.gen(function* () {
      const folder = yield* temporaryFolder
      const file = join(folder, "slow.mjs")
      writeFileSync(file, `process.stderr.write("loading"); await new Promise((done) => setTimeout(done, 60_000))`)
      const server = yield* serve(success)
      const { code, stderr } = yield* run(["delete", "a", "--yes", "--plugin", file], {
        env: environment(server.url),
        during: (child) => child.stderr?.once("data", () => signal(child, "SIGINT"))
      })
      assert.strictEqual(code, 130)
      assert.include(stderr, "Nothing was sent: interrupted while loading a plugin.")
      assert.strictEqual(server.arrivals.length, 0)
    })
  )

  it.live(
    "exit 2: a plugin that cannot be used says why, and nothing is sent",
    () =>
      Effect.gen(function* () {
        const folder = yield* temporaryFolder
        const server = yield* serve(success)
        const core = JSON.stringify(moduleOf("@powerdrill-sessions/core"))
        const effect = JSON.stringify(moduleOf("effect"))
        const cases: ReadonlyArray<readonly [name: string, source: string | undefined, why: RegExp]> = [
          ["missing.ts", undefined, /there is no file \/.*missing\.ts\./],
          ["function.mjs", "export default () => ({})", /its default export is a function; export what it returns/],
          ["number.mjs", "export default 42", /its default export is no plugin/],
          ["syntax.mjs", "export default {", /syntax\.mjs cannot be used: \S/],
          ["throws.mjs", 'throw new Error("no licence")', /no licence/],
          ["nothing.mjs", "export const plugin = {}", /it has no default export; it exports plugin\./],
          [
            "misspelled.mjs",
            `import { Plugin } from ${core}; export default Plugin.make({ name: "x", befor: () => {} })`,
            /befor is none of/
          ],
          [
            "timeout.mjs",
            `import { Plugin } from ${core}; export default Plugin.make({ name: "x", after: () => {}, timeout: "5 sec" })`,
            /timeout must be a duration/
          ],
          ["nameless.mjs", "export default { before: () => {} }", /name/],
          ["typo.mjs", 'export default { name: "x", befor: () => {} }', /befor/],
          [
            "builds.mjs",
            `import { Effect } from ${effect}; export default Effect.succeed(1)`,
            /does not build a plugin/
          ],
          [
            "fails.mjs",
            `import { Effect } from ${effect}; export default Effect.fail(new Error("no file"))`,
            /no file/
          ],
          [
            "needs.mjs",
            `import { Context, Effect } from ${effect}
            export default Effect.gen(function* () { yield* Context.Service("app/Database") })`,
            /Service not found: app\/Database/
          ],
          [
            "twice.mjs",
            `import { Plugin } from ${core}; export default Plugin.make({ name: "confirmation", before: () => Plugin.veto("no") })`,
            /Two plugins have the name "confirmation"/
          ]
        ]
        for (const [name, source, why] of cases) {
          const file = join(folder, name)
          if (source !== undefined) writeFileSync(file, source)
          const { code, stderr, stdout } = yield* run(["delete", "a", "--yes", "--plugin", file], {
            env: environment(server.url)
          })
          assert.strictEqual(code, 2, `${name}: ${stderr}`)
          assert.match(stderr, why)
          assert.match(stderr, /^Nothing was sent\. /)
          assert.strictEqual(stdout, "")
        }
        const { code, stderr } = yield* run(["delete", "a", "--yes", "--plugin", "no-such-package"], {
          env: environment(server.url),
          cwd: folder
        })
        assert.strictEqual(code, 2)
        assert.include(stderr, "there is no package no-such-package in ")
        assert.include(stderr, "For a file, write ./no-such-package.")
        assert.strictEqual(server.arrivals.length, 0)
      }),
    30_000
  )

  it.live("B29 a pipe gets plain text without escape sequences, and no progress bar", () =>
    Effect.gen(function* () {
      const server = yield* serve(success)
      const ids = Array.from({ length: 20 }, (_, index) => `session-${index}`)
      const { stderr, stdout } = yield* run(["delete", ...ids, "--yes"], { env: environment(server.url) })
      assert.notMatch((stdout + stderr).replaceAll("\n", ""), /\p{Cc}/u)
      assert.strictEqual(stdout.split("\n").length, 21)
    })
  )

  it.live("an id that could drive a terminal is printed with escapes", () =>
    Effect.gen(function* () {
      const server = yield* serve(json({ code: 100, msg: "\u001b]0;title\u0007" }))
      const { stderr, stdout } = yield* run(["delete", "a\u202eb", "--yes"], { env: environment(server.url) })
      assert.notMatch((stdout + stderr).replaceAll("\n", ""), /[\p{Cc}\u202e]/u)
      assert.include(stdout, "a\\u202eb")
    })
  )

  it.live(
    "a reader that goes away is no crash: nothing more is begun, and the summary is still said",
    () =>
      Effect.gen(function* () {
        const server = yield* serve(success)
        const ids = Array.from({ length: 2_000 }, (_, index) => `session-${index}\n`).join("")
        const { code, stderr } = yield* run(["delete", "-", "--yes", "--json", "--concurrency", "1"], {
          env: environment(server.url),
          stdin: ids,
          during: (child) => child.stdout?.once("data", () => child.stdout?.destroy())
        })
        assert.strictEqual(code, 1)
        assert.match(stderr, /^Standard output cannot be written[^]*\n\d+ deleted, \d+ skipped\.\n$/)
        assert.include(stderr, '"outcome":"deleted"')
        assert.notInclude(stderr, '"outcome":"skipped"')
        assert.isBelow(server.arrivals.length, 2_000)
      }),
    30_000
  )

  it.live("SIGINT: no new request, the one under way ends, the rest is skipped, exit 130", () =>
    Effect.gen(function* () {
      let interrupt = () => {}
      let answer = () => {}
      const server = yield* serve((response, arrival) => {
        answer = () => json({ code: 0 })(response, arrival)
        interrupt()
      })
      const { code, stderr, stdout } = yield* run(["delete", "a", "b", "c", "--yes", "--json", "--concurrency", "1"], {
        env: environment(server.url),
        during: (child) => {
          interrupt = () => signal(child, "SIGINT")
          child.stderr?.on("data", (text: string) => {
            if (text.includes("Stopping")) answer()
          })
        }
      })
      assert.strictEqual(code, 130)
      assert.deepStrictEqual(
        objects(stdout).map(({ outcome, sessionId }) => [sessionId, outcome]),
        [
          ["a", "deleted"],
          ["b", "skipped"],
          ["c", "skipped"]
        ]
      )
      assert.include(stderr, "1 deleted, 2 skipped.")
      assert.strictEqual(server.arrivals.length, 1)
    })
  )

  it.live(
    "a second signal leaves at once; SIGTERM is exit 143",
    () =>
      Effect.gen(function* () {
        let interrupt = () => {}
        const server = yield* serve(() => interrupt())
        const { code, stderr } = yield* run(["delete", "a", "--yes"], {
          env: environment(server.url),
          during: (child) => {
            interrupt = () => {
              signal(child, "SIGTERM")
              const again = setInterval(() => signal(child, "SIGTERM"), 50)
              child.on("exit", () => clearInterval(again))
            }
          }
        })
        assert.strictEqual(code, 143)
        assert.match(stderr, /unknown +a  left while a request was under way/)
      }),
    4_000
  )
})

describe("powerdrill-sessions emulator", () => {
  /** Starts one and waits until it listens: what it says, the environment it asks for, and how to stop it. */
  const start = Effect.fnUntraced(function* (...flags: ReadonlyArray<string>) {
    let welcome = ""
    const listening = Promise.withResolvers<void>()
    const stop = Promise.withResolvers<void>()
    const fiber = yield* Effect.forkChild(
      run(["emulator", "--port", "0", ...flags], {
        during: (child) => {
          child.stdout?.on("data", (text: string) => {
            welcome += text
            if (welcome.includes("Ctrl-C")) listening.resolve()
          })
          void stop.promise.then(() => signal(child, "SIGINT"))
        }
      })
    )
    yield* Effect.promise(() => listening.promise)
    const [, id = ""] = /powerdrill-sessions delete (\S+)/.exec(welcome) ?? []
    return {
      welcome,
      id,
      env: Object.fromEntries(
        [...welcome.matchAll(/export (\w+)=(.*)/g)].map(([, name = "", value = ""]) => [name, value])
      ),
      interrupt: Effect.suspend(() => {
        stop.resolve()
        return Fiber.join(fiber)
      })
    }
  })

  it.live("prints commands that work as they are", () =>
    Effect.gen(function* () {
      const { env, id, interrupt } = yield* start("--seed-sessions", "2")
      const deleted = yield* run(["delete", id, "--yes"], { env })
      assert.strictEqual(deleted.code, 0, deleted.stderr)
      assert.strictEqual((yield* interrupt).code, 0)
    })
  )

  it.live("fails by a plan, and tells other programs what it truly did", () =>
    Effect.gen(function* () {
      const folder = yield* temporaryFolder
      const plan = join(folder, "plan.json")
      writeFileSync(plan, JSON.stringify([{ match: { nth: 1 }, fault: { send: "reset-start" } }]))
      const { env, id, interrupt, welcome } = yield* start("--admin-port", "0", "--faults", plan, "--seed", "1")
      const [, adminUrl = ""] = /truly did is at (\S+)/.exec(welcome) ?? []
      const ended = yield* run(["delete", id, "--yes", "--json"], { env })
      assert.deepInclude(objects(ended.stdout)[0], { outcome: "deleted", disposition: "absent-after-unknown" })
      const commits = yield* Effect.promise(() => fetch(`${adminUrl}/commits`).then((response) => response.json()))
      assert.deepInclude(commits[0], { sessionId: id })
      yield* interrupt
    })
  )

  it.live("a plan that is none is exit 2, and says what a plan is", () =>
    Effect.gen(function* () {
      const folder = yield* temporaryFolder
      const plan = join(folder, "plan.json")
      writeFileSync(plan, "{}")
      const { code, stderr } = yield* run(["emulator", "--port", "0", "--faults", plan])
      assert.strictEqual(code, 2)
      assert.include(stderr, "A plan is a JSON array of rules")
    })
  )

  it.live("a taken port is exit 2", () =>
    Effect.gen(function* () {
      const server = yield* serve(success)
      const { code, stderr } = yield* run(["emulator", "--port", new URL(server.url).port])
      assert.strictEqual(code, 2)
      assert.include(stderr, "is taken")
    })
  )
})
