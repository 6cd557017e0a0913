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
  const { readFileSync, renameSync, writeFileSync } = process.getBuiltinModule("node:fs")
  const { Script } = process.getBuiltinModule("node:vm")
  // The name of the file has the hash of what is in it. Each command calls other functions; most calls are deletes.
  const name = start.slice(__dirname.length + 1)
  const [, , command = ""] = process.argv
  const use = command === "delete" || command === "--help" ? command : "other"
  const file = `${folder}/${name}.${process.versions.v8}-${process.arch}.${use}`
  let cachedData: Buffer | undefined
  try {
    cachedData = readFileSync(file)
  } catch {}
  const source = `(function (exports, require, __dirname) {${readFileSync(start, "latin1")}\n})`
  const script = new Script(source, { filename: start, ...(cachedData && { cachedData }) })
  if (cachedData === undefined || script.cachedDataRejected) {
    process.once("exit", () => {
      try {
        makeFolder(folder)
        // Nobody reads half of a file, and a folder that cannot be written costs time and nothing else.
        writeFileSync(`${file}.${process.pid}`, script.createCachedData(), { mode: 0o600 })
        renameSync(`${file}.${process.pid}`, file)
      } catch {}
    })
  }
  const exported = { main: () => {} }
  script.runInThisContext()(exported, require, __dirname)
  return exported
}
