/**
 * What a user's compiler sees: declarations that need neither Effect nor core.
 */
import { afterAll, assert, beforeAll, describe, it } from "@effect/vitest"
import { spawnSync } from "node:child_process"
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join, resolve } from "node:path"

const packages = resolve(import.meta.dirname, "../..")
const tools = resolve(packages, "../node_modules")
const folder = mkdtempSync(join(tmpdir(), "powerdrill-sessions-declarations-"))
const installed = join(folder, "node_modules/@powerdrill-sessions/promise")

/** What the compiler has to say about a project; nothing where it is content. */
const compile = (name: string, project: object): string => {
  const path = join(folder, name)
  writeFileSync(path, JSON.stringify(project))
  const { error, status, stderr, stdout } = spawnSync("node", [join(tools, "typescript/bin/tsc"), "--project", path], {
    encoding: "utf8"
  })
  if (error !== undefined) throw error
  return status === 0 ? "" : stdout + stderr || `It ended with ${status}.`
}

/** The compiler's word on a user's program, with nothing but this package installed. */
const use = (program: string): string => {
  writeFileSync(join(folder, "program.ts"), program)
  return compile("user.json", {
    files: ["program.ts"],
    compilerOptions: {
      target: "ES2024",
      lib: ["ES2024", "ESNext.Disposable", "DOM"],
      module: "NodeNext",
      moduleDetection: "force",
      types: [],
      noEmit: true,
      strict: true,
      exactOptionalPropertyTypes: true,
      noImplicitReturns: true,
      skipLibCheck: false
    }
  })
}

const consumer = readFileSync(new URL("./fixtures/consumer.ts", import.meta.url), "utf8")

beforeAll(() => {
  const emitted = join(folder, "emitted")
  const problems = compile("emit.json", {
    extends: join(packages, "promise/tsconfig.json"),
    include: [join(packages, "promise/src")],
    compilerOptions: {
      composite: false,
      declaration: true,
      emitDeclarationOnly: true,
      rootDir: packages,
      outDir: emitted,
      tsBuildInfoFile: join(folder, "tsconfig.tsbuildinfo"),
      typeRoots: [join(tools, "@types")]
    }
  })
  assert.strictEqual(problems, "")
  mkdirSync(installed, { recursive: true })
  cpSync(join(emitted, "promise/src"), join(installed, "dist"), { recursive: true })
  writeFileSync(join(folder, "package.json"), JSON.stringify({ type: "module" }))
  writeFileSync(
    join(installed, "package.json"),
    JSON.stringify({
      name: "@powerdrill-sessions/promise",
      type: "module",
      exports: { ".": "./dist/index.js", "./purge": "./dist/purge/index.js" }
    })
  )
}, 60_000)

afterAll(() => {
  rmSync(folder, { recursive: true })
})

describe("declarations", () => {
  it("import nothing from outside of the package", () => {
    const files = readdirSync(join(installed, "dist"), { recursive: true, encoding: "utf8" })
    // The entry for programs of Effect, which no other file leads to.
    const declarations = files.filter((file) => file.endsWith(".d.ts") && file !== "effect.d.ts")
    assert.includeMembers(declarations, ["index.d.ts", join("purge", "index.d.ts")])
    for (const file of declarations) {
      const text = readFileSync(join(installed, "dist", file), "utf8").replaceAll(/\/\*[^]*?\*\//g, "")
      const imports = [...text.matchAll(/(?:\bfrom|\bimport|\bimport\()\s*"([^"]+)"/g)].map(([, name]) => name ?? "")
      assert.deepStrictEqual(
        imports.filter((name) => !/^\.\.?\//.test(name) || name.endsWith("/effect.js")),
        [],
        file
      )
      assert.notMatch(text, /reference types/, file)
    }
  })

  it("let a strict program compile with nothing else installed", { timeout: 60_000 }, () => {
    assert.strictEqual(use(consumer), "")
  })

  it("let those who delete one session load no database", () => {
    const load = (entry: string) =>
      spawnSync(
        "node",
        ["--input-type=module", "--eval", `await import("${entry}"); console.log(process.moduleLoadList.join(" "))`],
        { encoding: "utf8", cwd: join(packages, "promise/test") }
      ).stdout
    assert.notInclude(load("@powerdrill-sessions/promise"), "NativeModule sqlite")
    assert.include(load("@powerdrill-sessions/promise/purge"), "NativeModule sqlite")
  })

  it("let no switch over the errors forget one", { timeout: 60_000 }, () => {
    const forgetful = consumer.replace(/ *case "Vetoed":\n.*\n/, "")
    assert.notStrictEqual(forgetful, consumer)
    assert.match(use(forgetful), /Function lacks ending return statement/)
  })
})
