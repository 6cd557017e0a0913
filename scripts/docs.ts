/**
 * Type-checks the TypeScript blocks of the documentation and of the sources' docstrings, each as a module of its own. What
 * is wrong is told with the file and the line of the document.
 */
import { spawnSync } from "node:child_process"
import { globSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { join, resolve } from "node:path"

// Inside node_modules, so that imports resolve as they do for the workspace.
const folder = "node_modules/.cache/docs"

interface Block {
  readonly document: string
  /** Of its first line, counted from 1. */
  readonly line: number
  readonly code: string
}

const documents = ["README.md", "docs/**/*.md", "packages/*/README.md", "packages/*/src/**/*.ts"]

const blocksOf = (document: string): ReadonlyArray<Block> =>
  Array.from(readFileSync(document, "utf8").matchAll(fenced), (match) => {
    const [before, margin = "", code = ""] = [match.input.slice(0, match.index), ...match.slice(1)]
    const lines = code.split("\n").map((line) => line.slice(line.startsWith(margin) ? margin.length : line.length))
    return { document, line: before.split("\n").length + 1, code: lines.join("\n") }
  })

/** A block between fences that have the same margin: none, spaces, or the ` * ` of a docstring. */
const fenced = /^([ \t]*(?:\* )?)```ts\b.*\n([^]*?)^\1```$/gm

const fileOf = ({ document, line }: Block) => `${document.replaceAll(/[^\w.]/g, "-")}.${line}.mts`

/** As strict as the workspace, but a block may show a value without using it. */
const config = (blocks: ReadonlyArray<Block>) => ({
  extends: resolve("tsconfig.base.json"),
  files: blocks.map(fileOf),
  compilerOptions: {
    composite: false,
    declarationMap: false,
    noEmit: true,
    noUnusedLocals: false,
    rewriteRelativeImportExtensions: false,
    rootDir: resolve("."),
    types: ["node"]
  }
})

const blocks = documents.flatMap((pattern) => globSync(pattern)).flatMap(blocksOf)
rmSync(folder, { recursive: true, force: true })
mkdirSync(folder, { recursive: true })
writeFileSync(join(folder, "tsconfig.json"), JSON.stringify(config(blocks)))
// The lines above a block are left empty: then its lines have the numbers of the document's.
for (const block of blocks) writeFileSync(join(folder, fileOf(block)), "\n".repeat(block.line - 1) + block.code)

const { status, stdout } = spawnSync("tsc", ["--project", folder, "--pretty", "false"], { encoding: "utf8" })
process.stdout.write(
  blocks.reduce((text, block) => text.replaceAll(join(folder, fileOf(block)), block.document), stdout)
)
console.log(`${blocks.length} TypeScript blocks`)
process.exitCode = status ?? 1
