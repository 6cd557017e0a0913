/**
 * Checks the packages as they will be published, and with them the plugin that is a template for others: builds and packs them, looks at every tarball, then installs all of them
 * into an empty folder outside of the workspace and uses them from there on each runtime.
 */
import { execFileSync, spawnSync } from "node:child_process"
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"

interface Tarball {
  readonly name: string
  readonly filename: string
  readonly files: ReadonlyArray<{ readonly path: string }>
}

const folder = mkdtempSync(join(tmpdir(), "powerdrill-sessions-published-"))
let problems = 0

const run = (cwd: string, program: string, ...args: ReadonlyArray<string>) => {
  const { error, status, stderr, stdout } = spawnSync(program, args, { cwd, encoding: "utf8", timeout: 120_000 })
  if (status !== 0) report([program, ...args].join(" "), error?.message ?? stdout + stderr)
}

const report = (what: string, problem: string) => {
  problems++
  console.error(`✗ ${what}\n${problem}`)
}

const pack = (): ReadonlyArray<Tarball> =>
  JSON.parse(
    execFileSync(
      "npx",
      [
        "--yes",
        "pnpm@12",
        "--recursive",
        "--filter",
        "./packages/*",
        "--filter",
        "!@powerdrill-sessions/conformance",
        "--filter",
        "./examples/office-hours",
        "--filter",
        "!@powerdrill-sessions/bench",
        "pack",
        "--json",
        "--pack-destination",
        folder
      ],
      { encoding: "utf8", stdio: ["ignore", "pipe", "inherit"] }
    )
  )

const inspect = ({ filename, files, name }: Tarball) => {
  const paths = files.map(({ path }) => path)
  const wanted = ["LICENSE", "README.md", "package.json"]
  const missing = wanted.filter((path) => !paths.includes(path))
  if (missing.length > 0) report(name, `is packed without ${missing.join(", ")}`)
  const surplus = paths.filter((path) => !wanted.includes(path) && !published.test(path))
  if (surplus.length > 0) report(name, `is packed with ${surplus.join(", ")}`)
  run(".", "publint", "run", "--strict", filename)
  run(".", "attw", "--profile", "esm-only", filename)
}

/** What tsc makes of the sources, and the sources themselves for the source maps; of the command line its bundle. */
const published =
  /^(?:dist\/(?!bundle).+\.(?:js|d\.ts)(?:\.map)?|src\/.+\.ts|dist\/bundle\/(?:[\w-]+\.cjs|licenses\.txt))$/

const use = (tarballs: ReadonlyArray<Tarball>) => {
  const outside = join(folder, "outside")
  cpSync("scripts/installed", outside, { recursive: true })
  writeFileSync(join(outside, "package.json"), JSON.stringify({ private: true, type: "module" }))
  writeFileSync(join(outside, "tsconfig.json"), JSON.stringify({ compilerOptions, include: ["*.ts"] }))
  const dependencies = [
    ...tarballs.map(({ filename }) => filename),
    `@types/node@${process.versions.node.split(".")[0]}`
  ]
  run(outside, "npm", "install", "--no-audit", "--no-fund", ...dependencies)
  run(outside, "tsc")
  for (const program of ["effect.ts", "promise.ts", "purge.ts", "purge-promise.ts"]) {
    run(outside, "node", program)
    run(outside, "bun", program)
    run(outside, "deno", "run", "--allow-all", program)
  }
  run(outside, "node", "cli.ts")
  run(outside, "node", "start.ts")
  run(outside, "node", "cli.ts", "bun")
  run(outside, "node", "cli.ts", "deno", "run", "--allow-all")
}

/** Makes a plugin of one's own as the guide says, and tests and packs it with npm alone. */
const followTheGuide = (tarballs: ReadonlyArray<Tarball>) => {
  const plugin = join(folder, "plugin")
  const [manifest = "", settings = ""] = Array.from(
    readFileSync("docs/08-plugins.md", "utf8").matchAll(/^```json\n([^]*?)^```$/gm),
    ([, block]) => block
  )
  for (const part of ["src", "test"])
    cpSync(join("examples/office-hours", part), join(plugin, part), { recursive: true })
  writeFileSync(join(plugin, "package.json"), manifest)
  writeFileSync(join(plugin, "tsconfig.json"), settings)
  const core = tarballs.find(({ name }) => name === "@powerdrill-sessions/core")?.filename ?? ""
  run(plugin, "npm", "install", "--no-audit", "--no-fund", "--save-dev", core)
  run(plugin, "npm", "test")
  run(plugin, "npm", "pack")
  run(plugin, "node", "--input-type=module", "--eval", 'await import("powerdrill-sessions-office-hours")')
}

/** A strict user's. */
const compilerOptions = {
  target: "ES2024",
  lib: ["ES2024", "ESNext.Disposable", "DOM", "DOM.Iterable"],
  module: "NodeNext",
  types: ["node"],
  noEmit: true,
  strict: true,
  exactOptionalPropertyTypes: true
}

run(".", "node", "scripts/build.ts")
const tarballs = pack()
tarballs.forEach(inspect)
use(tarballs)
followTheGuide(tarballs)
rmSync(folder, { recursive: true })
console.log(`${tarballs.length} packages, ${problems} problems`)
process.exitCode = problems === 0 ? 0 : 1
