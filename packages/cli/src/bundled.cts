#!/usr/bin/env -S node --
// The beginning of the published program. The two dashes keep Node from taking `--env-file` for its own.
//
// Half of a start is compiling. Node's own cache of that holds functions that are compiled with their file, and not those
// that are compiled when they are first called, which are nearly all. This one holds what a run has called.
const start = `${__dirname}/start.cjs`

const [major = 0] = process.versions.node.split(".").map(Number)
const isNode = process.versions["bun"] === undefined && process.versions["deno"] === undefined

if (major < 24) {
  process.stderr.write(`powerdrill-sessions needs Node 24 or newer; this is ${process.versions.node}.\n`)
  process.exitCode = 2
} else {
  const cache = cacheFolder(process.env)
  if (isNode && cache !== undefined) runCompiled(cache).main()
  else {
    // Bun's keeps all functions; Deno always has one of its own.
    if (cache !== undefined) process.getBuiltinModule("node:module").enableCompileCache?.(cache)
    // By its name, so that other bundlers find it.
    require("./start.cjs").main()
  }
}

/**
 * A folder of the user's own. In one that others can make, such as that for temporary files, they could leave code that
 * would then run with the key in hand.
 */
function cacheFolder(env: NodeJS.ProcessEnv): string | undefined {
  if (env["NODE_DISABLE_COMPILE_CACHE"]) return undefined
  if (env["NODE_COMPILE_CACHE"]) return env["NODE_COMPILE_CACHE"]
  const base = env["XDG_CACHE_HOME"] || env["LOCALAPPDATA"] || (env["HOME"] && `${env["HOME"]}/.cache`)
  return base ? `${base}/powerdrill-sessions` : undefined
}

/**
 * With those above it. Node's own `recursive` goes on for ever where a folder that is there takes none, as /proc does.
 */
function makeFolder(folder: string): void {
  const { existsSync, mkdirSync } = process.getBuiltinModule("node:fs")
  const path = process.getBuiltinModule("node:path")
  if (existsSync(folder)) return
  makeFolder(path.dirname(folder))
  mkdirSync(folder, { mode: 0o700 })
}

/** Its exports, by what was compiled the last time; where there is nothing, it is kept for the next. */
function runCompiled(folder: string): { readonly main: () => void } {
  const { readFileSync } = process.getBuiltinModule("node:fs")
  const { Script } = process.getBuiltinModule("node:vm")
  // The name of the file has the hash of what is in it. Each command calls other functions; most calls are deletes.
  const name = start.slice(__dirname.length + 1)
  const file = `${folder}/${name}.${process.versions.v8}-${process.arch}.${useOf(process.argv.slice(2))}`
  const cachedData = readKept(folder, file)
  const source = `(function (exports, require, __dirname) {${readFileSync(start, "latin1")}\n})`
  const script = new Script(source, { filename: start, ...(cachedData && { cachedData }) })
  if (cachedData === undefined || script.cachedDataRejected) {
    // What failed may have called little of it.
    process.once("exit", (code) => code === 0 && keep(folder, file, script.createCachedData()))
  }
  const exported = { main: () => {} }
  script.runInThisContext()(exported, require, __dirname)
  return exported
}

function useOf([command = "", ...others]: ReadonlyArray<string>): string {
  const isShort = others.some((option) => ["--help", "-h", "--dry-run"].includes(option))
  return command === "--help" || (command === "delete" && !isShort) ? command : "other"
}

/**
 * V8 looks at neither what is in it nor whose it is. A file that was damaged, or that others can write, would run in its
 * place all the same.
 */
function readKept(folder: string, file: string): Buffer | undefined {
  const { readFileSync, statSync } = process.getBuiltinModule("node:fs")
  try {
    if (![folder, file].every((path) => isOurs(statSync(path)))) return undefined
    const kept = readFileSync(file)
    const [data, copy] = [kept.subarray(0, kept.length / 2), kept.subarray(kept.length / 2)]
    return data.equals(copy) ? data : undefined
  } catch {
    return undefined
  }
}

// On Windows, where there is no number of a user, folders of a user are the user's own.
function isOurs({ mode, uid }: { readonly mode: number; readonly uid: number }): boolean {
  const user = process.getuid?.()
  return user === undefined || (uid === user && (mode & 0o022) === 0)
}

/** Nobody reads half of a file, and a folder that cannot be written costs time and nothing else. */
function keep(folder: string, file: string, data: Buffer): void {
  const { renameSync, rmSync, writeFileSync } = process.getBuiltinModule("node:fs")
  const part = `${file}.${process.pid}-${Math.random().toString(36).slice(2)}`
  try {
    makeFolder(folder)
    // Twice: two copies are sooner compared than Node has loaded what makes checksums. What is there already, or leads
    // elsewhere, is not written to.
    writeFileSync(part, Buffer.concat([data, data]), { flag: "wx", mode: 0o600 })
    renameSync(part, file)
  } catch {
    rmSync(part, { force: true })
  }
}
