/** Counts what a start of the installed binary loads, on Node: a clock would say little on a busy machine. */
import { Emulator } from "@powerdrill-sessions/emulator"
import { Effect, ManagedRuntime } from "effect"
import { spawn } from "node:child_process"
import { once } from "node:events"
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { basename, join } from "node:path"

await using runtime = ManagedRuntime.make(Emulator.layerTest())
const emulator = await runtime.runPromise(Effect.service(Emulator))

const home = mkdtempSync(join(tmpdir(), "powerdrill-sessions-home-"))
const probe = join(home, "probe.cjs")
writeFileSync(
  probe,
  `const before = new Set(process.moduleLoadList)
process.on("exit", () => process.getBuiltinModule("node:fs").writeFileSync(${JSON.stringify(join(home, "loaded.json"))}, JSON.stringify({
  builtins: process.moduleLoadList.filter((name) => !before.has(name)),
  files: Object.keys(require.cache).filter((file) => file !== __filename)
})))`
)

const installed = join("node_modules", ".bin", "powerdrill-sessions")

/** Runs the binary to its end: what it loaded. */
const load = async (
  ...args: ReadonlyArray<string>
): Promise<{ readonly builtins: Array<string>; readonly files: Array<string> }> => {
  const binary = spawn("node", ["--require", probe, installed, ...args], {
    env: {
      PATH: process.env["PATH"],
      HOME: home,
      POWERDRILL_BASE_URL: emulator.baseUrl,
      POWERDRILL_PROJECT_API_KEY: emulator.apiKey,
      POWERDRILL_USER_ID: emulator.userId
    },
    stdio: ["ignore", "ignore", "inherit"]
  })
  const [status] = await once(binary, "exit")
  if (status !== 0) throw new Error(`${args.join(" ")} ended with ${status}`)
  return JSON.parse(readFileSync(join(home, "loaded.json"), "utf8"))
}

/** None of these is there for nothing: fetch, prompts, what `fs` exports lazily, databases, processes. */
const tooMuch = /undici|readline|repl|fs\/promises|sqlite|child_process|worker|https|zlib|crypto/

const check = async (most: number, ...args: ReadonlyArray<string>) => {
  const { builtins, files } = await load(...args)
  const names = files.map((file) => basename(file))
  const others = names.filter((name) => !/^(?:bin|start-[\w-]+|rolldown-runtime)\.cjs$/.test(name))
  const unwanted = args[0] === "delete" ? builtins.filter((name) => tooMuch.test(name)) : []
  const what = `powerdrill-sessions ${args.join(" ")}`
  if (others.length > 0) throw new Error(`${what} loads ${others.join(", ")}`)
  if (unwanted.length > 0) throw new Error(`${what} loads ${unwanted.join(", ")}`)
  if (builtins.length > most)
    throw new Error(`${what} loads ${builtins.length} modules of Node: ${builtins.join(", ")}`)
}

const sessions = await Promise.all([1, 2].map(() => runtime.runPromise(emulator.create())))
// These two look at standard input, for which Node needs what else only prompts need.
await check(60, "--version")
await check(60, "--help")
// The first of these keeps what it has compiled; the second starts by it.
for (const { id } of sessions) await check(70, "delete", id, "--yes")
const folder = join(home, ".cache/powerdrill-sessions")
const kept = readdirSync(folder).find((name) => name.endsWith(".delete"))
if (kept === undefined) throw new Error("What was compiled is not kept.")

// What is damaged, or could be another's, is not run.
const file = join(folder, kept)
const good = readFileSync(file)
const deleteOne = async () => {
  const { id } = await runtime.runPromise(emulator.create())
  await load("delete", id, "--yes")
}
for (const at of [0, 200, good.length >> 1, good.length - 1]) {
  const damaged = Buffer.from(good)
  damaged.writeUInt8(damaged.readUInt8(at) ^ 0x10, at)
  writeFileSync(file, damaged)
  await deleteOne()
  if (readFileSync(file).equals(damaged)) throw new Error("Damage is kept.")
}
chmodSync(file, 0o666)
const before = statSync(file).ino
await deleteOne()
if (statSync(file).ino === before) throw new Error("What others can write is used.")
const renewed = statSync(file).ino
await deleteOne()
if (statSync(file).ino !== renewed) throw new Error("What is kept is not used.")
rmSync(home, { recursive: true })
