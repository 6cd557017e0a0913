/**
 * Planning, verifying and reporting as a shell sees it.
 */
import { Emulator } from "@powerdrill-sessions/emulator"
import { assert, describe, it, vi } from "@effect/vitest"
import { Effect } from "effect"
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { canary, environment, objects, run, signal } from "./support/cli.ts"
import { contents, temporaryFolder } from "./support/plans.ts"
import { json, serve, success } from "../../core/test/support/Server.ts"

// Several processes one after the other.
vi.setConfig({ testTimeout: 30_000 })

const fast = ["--requests-per-second", "1000"]

/** An emulator with titled sessions of two users, and a folder. */
const prepared = Effect.gen(function* () {
  const emulator = yield* Emulator
  const folder = yield* temporaryFolder
  const ids: Record<string, string> = {}
  for (const title of ["Draft A", "Draft B", "Board", "draft c"]) ids[title] = (yield* emulator.create({ title })).id
  const other = yield* emulator.create({ userId: "tmm-2", title: "Draft X" })
  return {
    emulator,
    folder,
    path: join(folder, "plan.jsonl"),
    ids: (title: string) => ids[title] ?? "",
    other: other.id,
    env: environment(emulator.baseUrl, emulator.apiKey, emulator.userId),
    held: Effect.map(emulator.sessions, (sessions) => sessions.map(({ title }) => title).toSorted())
  }
})

const withEmulator = Effect.provide(Emulator.layerTest({ seedSessions: 0, rate: Infinity, apiKeys: [canary] }))

describe("powerdrill-sessions plan", () => {
  it.live("B27 B30 shows what goes and what is kept and why, deletes nothing, and prints the next command", () =>
    Effect.gen(function* () {
      const { env, folder, held, ids, path } = yield* prepared
      const args = ["plan", "--title-glob", "Draft *", "--keep", ids("Draft B"), ...fast]
      const { code, stderr, stdout } = yield* run([...args, "-o", path], { env })
      assert.strictEqual(code, 0, stderr)
      assert.match(stdout, new RegExp(`^delete {2}${ids("Draft A")} {2}of \\S+ {2}Draft A$`, "m"))
      assert.match(stdout, new RegExp(`^keep {4}${ids("Draft B")} .* since .+$`, "m"))
      assert.match(stdout, new RegExp(`^keep {4}${ids("Board")} .* since its title is not one .+$`, "m"))
      assert.isBelow(stdout.indexOf(ids("Draft B")), stdout.indexOf(ids("Board")))
      assert.notInclude(stderr, "Warning")
      const [, words = ""] = /--confirm "(delete 1 [0-9a-f]{8})"/.exec(stderr) ?? []
      assert.include(
        stderr,
        `${path}: 1 to delete, 3 kept (2 of them not chosen by the title), digest ${words.slice(-8)}. Nothing was deleted.`
      )
      assert.include(stderr, `Next: powerdrill-sessions purge ${path}`)
      assert.strictEqual((yield* held).length, 5)
      assert.strictEqual(statSync(path).mode & 0o777, 0o600)
      for (const text of [stdout, stderr, contents(folder)]) assert.notInclude(text, canary)

      const before = readFileSync(path, "utf8")
      const again = yield* run([...args, "-o", path], { env })
      assert.strictEqual(again.code, 2)
      assert.include(again.stderr, "give --force")
      assert.strictEqual(readFileSync(path, "utf8"), before)
      assert.strictEqual((yield* run([...args, "-o", path, "--force"], { env })).code, 0)

      assert.strictEqual((yield* run(["purge", path, "--confirm", words], { env })).code, 0)
      assert.deepStrictEqual(yield* held, ["Board", "Draft B", "Draft X", "draft c"])
    }).pipe(withEmulator)
  )

  it.live("B29 --json has one object for each that is kept or chosen, and one for the plan", () =>
    Effect.gen(function* () {
      const { emulator, env, ids, other, path } = yield* prepared
      const { code, stdout } = yield* run(
        ["plan", "--user-id", emulator.userId, "--user-id", "tmm-2", "--all", "--keep-title-glob", "B*"]
          .concat(fast)
          .concat(["-o", path, "--json"]),
        { env }
      )
      assert.strictEqual(code, 0)
      const lines = objects(stdout)
      assert.deepStrictEqual(
        lines.filter(({ event }) => event === "kept").map(({ sessionId }) => sessionId),
        [ids("Board")]
      )
      assert.sameMembers(
        lines.filter(({ event }) => event === "chosen").map(({ sessionId }) => sessionId),
        [ids("Draft A"), ids("Draft B"), ids("draft c"), other]
      )
      assert.deepInclude(lines.at(-1), { event: "plan", path, count: 4, kept: 1 })
      assert.match(String(lines.at(-1)?.["confirm"]), /^delete 4 [0-9a-f]{8}$/)
    }).pipe(withEmulator)
  )

  it.live("--words has nothing on standard output but what purge --confirm takes", () =>
    Effect.gen(function* () {
      const { env, held, path } = yield* prepared
      const args = ["plan", "--title-glob", "Draft A", ...fast, "-o", path, "--words"]
      assert.strictEqual((yield* run([...args, "--json"], { env })).code, 2)
      const { code, stderr, stdout } = yield* run(args, { env })
      assert.strictEqual(code, 0, stderr)
      assert.match(stdout, /^delete 1 [0-9a-f]{8}\n$/)
      assert.strictEqual((yield* run(["purge", path, "--confirm", stdout.trimEnd()], { env })).code, 0)
      assert.deepStrictEqual(yield* held, ["Board", "Draft B", "Draft X", "draft c"])
    }).pipe(withEmulator)
  )

  it.live("warns of a rule that keeps nothing, and of a plan with no session; exit 0", () =>
    Effect.gen(function* () {
      const { env, folder, ids, path } = yield* prepared
      const planned = (...args: ReadonlyArray<string>) =>
        run(["plan", ...args, ...fast, "-o", path, "--force"], { env })
      const one = yield* planned("--all", "--keep", ids("Board"), "--keep", "no-such")
      assert.strictEqual(one.code, 0, one.stderr)
      assert.include(one.stderr, "Warning: --keep no-such keeps nothing: no session found has this id.\n")
      assert.notInclude(one.stderr, ids("Board"))
      assert.notInclude(one.stderr, "Nothing is kept by")
      const holds = join(folder, "holds.txt")
      writeFileSync(holds, "elsewhere\n")
      const none = yield* planned("--title-glob", "Draft *", "--keep-file", holds)
      assert.strictEqual(none.code, 0)
      assert.include(none.stderr, "Warning: Nothing is kept by --keep, --keep-file or --keep-title-glob.\n")
      const nobody = yield* planned("--all", "--user-id", "tmm-none")
      assert.strictEqual(nobody.code, 0)
      assert.include(nobody.stderr, "Warning: No session was selected. Is --user-id right?\n")
      const all = yield* planned("--all", "--keep-title-glob", "*")
      assert.strictEqual(all.code, 0)
      assert.include(all.stderr, "Warning: No session was selected: all 4 that were found are kept.\n")
    }).pipe(withEmulator)
  )

  it.live(
    "--force that fails or is interrupted leaves the plan that was there, and does not say that there is none",
    () =>
      Effect.gen(function* () {
        const server = yield* serve(json({ code: 1002 }), () => {})
        const folder = yield* temporaryFolder
        const path = join(folder, "plan.jsonl")
        const env = environment(server.url)
        assert.strictEqual((yield* run(["plan", "a", "-o", path], { env })).code, 0)
        const before = readFileSync(path, "utf8")
        const args = ["plan", "--all", "-o", path, "--force"]
        const refused = yield* run(args, { env })
        assert.strictEqual(refused.code, 4)
        assert.include(refused.stderr, "No plan was written, and nothing was deleted.")
        const interrupted = yield* run(args, {
          env,
          during: (child) => {
            const again = setInterval(() => {
              if (server.arrivals.length === 2) signal(child, "SIGINT")
            }, 50)
            child.on("exit", () => clearInterval(again))
          }
        })
        assert.strictEqual(interrupted.code, 130)
        assert.include(interrupted.stderr, "Interrupted: no plan was written, and nothing was deleted.")
        assert.strictEqual(readFileSync(path, "utf8"), before)
      })
  )

  it.live("takes ids from arguments, a file and standard input; --keep-file keeps", () =>
    Effect.gen(function* () {
      const server = yield* serve(success)
      const folder = yield* temporaryFolder
      const [path, file, holds] = [join(folder, "plan.jsonl"), join(folder, "ids.txt"), join(folder, "holds.txt")]
      writeFileSync(file, "# a comment\nb\n\nc\n")
      writeFileSync(holds, "c\n")
      const { code, stderr, stdout } = yield* run(
        ["plan", "a", "-", "--ids-file", file, "--keep-file", holds, "-o", path, "--json"],
        { env: environment(server.url), stdin: "d\na\n" }
      )
      assert.strictEqual(code, 0, stderr)
      assert.deepStrictEqual(
        objects(stdout)
          .filter(({ event }) => event === "chosen")
          .map(({ sessionId }) => sessionId),
        ["a", "b", "d"]
      )
      assert.strictEqual(server.arrivals.length, 0)
    })
  )

  it.live("exit 2: nothing or too much is said, and that age is no way; exit 4: a refused key; there is no plan", () =>
    Effect.gen(function* () {
      const server = yield* serve(json({ code: 1002 }))
      const folder = yield* temporaryFolder
      const env = environment(server.url)
      const output = ["-o", join(folder, "plan.jsonl")]
      for (const [args, says] of [
        [[], "Say which sessions, in one way"],
        [[], "cannot be selected by age"],
        [["--all", "a"], "Say which sessions, in one way"],
        [["--title-regex", "("], "--title-regex"],
        [["a", ".."], "dot segment"],
        [["a", "--user-id", "x", "--user-id", "y"], "each --user-id"],
        [["--ids-file", join(folder, "missing")], "missing"]
      ] as const) {
        const { code, stderr } = yield* run(["plan", ...args, ...output], { env })
        assert.strictEqual(code, 2, stderr)
        assert.include(stderr, says)
      }
      const dash = yield* run(["plan", "--all", "-o", "-"], { env })
      assert.deepStrictEqual([dash.code, dash.stdout], [2, ""])
      assert.include(dash.stderr, "A plan is a file")
      assert.strictEqual(server.arrivals.length, 0)
      const refused = yield* run(["plan", "--all", ...output], { env })
      assert.strictEqual(refused.code, 4, refused.stderr)
      assert.include(refused.stderr, "No plan was written, and nothing was deleted.")
      assert.deepStrictEqual(readdirSync(folder), [])
      assert.include((yield* run(["plan", "--help"])).stdout, "cannot be selected by age")
    })
  )
})

describe("powerdrill-sessions verify and report", () => {
  it.live("B27 verify tells what is there: exit 1; what is gone: 0; report has both", () =>
    Effect.gen(function* () {
      const { emulator, env, folder, ids, path } = yield* prepared
      const planned = yield* run(["plan", "--all", ...fast, "-o", path, "--json"], { env })
      const words = String(objects(planned.stdout).at(-1)?.["confirm"])
      assert.strictEqual((yield* run(["verify", path], { env })).code, 2)
      assert.isFalse(existsSync(join(folder, "plan.ledger.sqlite")))

      const purged = yield* run(["purge", path, "--confirm", words, "--verify", "--json", ...fast], { env })
      assert.strictEqual(purged.code, 0, purged.stderr)
      assert.deepStrictEqual(objects(purged.stdout).at(-1), {
        event: "verified",
        planned: 4,
        absent: 4,
        present: 0,
        reappeared: 0,
        unclear: 0
      })
      assert.include(
        purged.stderr,
        "4 verified absent + 0 still there + 0 reappeared + 0 not checkable + 0 not read = 4 planned."
      )

      assert.include(purged.stderr, `For the record: powerdrill-sessions report ${path}\n`)

      yield* emulator.create({ sessionId: ids("Board"), title: "Board" })
      const verified = yield* run(["verify", path, ...fast], { env })
      assert.strictEqual(verified.code, 1, verified.stderr)
      assert.match(verified.stdout, new RegExp(`^reappeared +${ids("Board")}  the ledger says: deleted\n$`))

      assert.include(
        verified.stderr,
        "3 verified absent + 0 still there + 1 reappeared + 0 not checkable + 0 not read = 4 planned."
      )

      const text = yield* run(["report", path])
      assert.strictEqual(text.code, 0, text.stderr)
      assert.include(text.stdout, ids("Board"))
      const asJson = yield* run(["report", path, "--format", "json"])
      assert.deepInclude(JSON.parse(asJson.stdout).counts, { planned: 4, deleted: 4 })
      assert.isTrue(JSON.parse(asJson.stdout).ledger.verified)
      const page = join(folder, "report.html")
      assert.strictEqual((yield* run(["report", path, "--format", "html", "-o", page])).code, 0)
      assert.match(readFileSync(page, "utf8"), /^<!doctype html>/i)
      assert.strictEqual((yield* run(["report", path, "-o", page])).code, 2)
      for (const output of [purged, verified, text, asJson]) assert.notInclude(output.stdout + output.stderr, canary)
      assert.notInclude(contents(folder), canary)
    }).pipe(withEmulator)
  )
})
