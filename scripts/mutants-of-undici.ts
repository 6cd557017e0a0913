/**
 * What `scripts/mutants.ts` changes in undici, to see whether its tests notice. In the form of `mutants-of-core.ts`.
 */
import type { Group } from "./mutants-of-core.ts"

export const groups: ReadonlyArray<Group> = [
  {
    file: "UndiciTransport.ts",
    tests: ["UndiciTransport", "Wire"],
    mutants: [
      ["isPlainRequest(request) ? targetOf(request.url) : undefined", "targetOf(request.url)"],
      ["const { connection: _, ...headers }", "const { ...headers }"],
      ["agent.destroy()", "Promise.resolve(agent)"],
      ['[!-"$-~]*$)', '[!-"$-~]*)']
    ]
  },
  {
    file: "internal/exchange.ts",
    tests: ["UndiciTransport", "Wire"],
    mutants: [
      ["    if (this.ending !== undefined) this.stop()\n", ""],
      ["    if (status < 200) return\n", ""],
      ["this.size <= this.limit) return", "true) return"],
      ["Math.min(this.limit, bytes)", "this.limit"],
      ["whole: this.size <= this.limit", "whole: true"],
      ["    this.end(Exit.fail(interrupted))\n", "    this.end(Exit.void)\n"],
      ["Exit.fail(interrupted))\n    this.stop()", "Exit.fail(interrupted))"],
      ["this.end(Exit.void)\n    this.stop()", "this.end(Exit.void)"],
      [
        "if (Exit.isFailure(ending)) this.onHead",
        "if (Exit.isSuccess(ending)) void 0; else if (this.size > 0) this.onHead"
      ],
      ["first !== undefined && others.length === 0", "first !== undefined"]
    ]
  },
  {
    file: "internal/decoded.ts",
    tests: ["UndiciTransport", "Wire"],
    mutants: [
      ['"content-encoding"]).toLowerCase()', '"content-encoding"])'],
      ["decode(bytes, { maxOutputLength })", "decode(bytes, { maxOutputLength: Infinity })"],
      ["bytes: decode(bytes, { maxOutputLength })", "bytes: whole ? decode(bytes, { maxOutputLength }) : bytes"]
    ]
  }
]
