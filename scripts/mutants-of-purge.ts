/**
 * What `scripts/mutants.ts` changes in purge, to see whether its tests notice. In the form of `mutants-of-core.ts`.
 */
import type { Group } from "./mutants-of-core.ts"

export const groups: ReadonlyArray<Group> = [
  {
    file: "Purge.ts",
    tests: ["Purge"],
    mutants: [
      ["ledger.plan.digest !== plan.header.digest", "false"],
      ["ledger.plan.count > maxDelete", "ledger.plan.count >= maxDelete"],
      [
        'if (command === "cancel") {\n    return yield* refuse(',
        'if (command === "pause") {\n    return yield* refuse('
      ],
      ['if (command === "cancel") {\n          const', 'if (command === "go") {\n          const'],
      ['} else if (command === "pause") {', '} else if (command === "cancel") {'],
      ['if (!paused) yield* tell({ _tag: "Paused", by: (', 'yield* tell({ _tag: "Paused", by: ('],
      ["if (paused) yield* tell", "yield* tell"],
      ["while (stop === undefined) {", "while (true) {"],
      ['request.state === "intended" || request.state === "unknown"', 'request.state === "unknown"'],
      ['request.state === "intended" || request.state === "unknown"', 'request.state === "intended"'],
      ["delete_({ sessionId, userId, afterUnknown })", "delete_({ sessionId, userId })"],
      ["options.absentIsDeleted === true ?", "options.absentIsDeleted !== true ?"],
      ["Cause.hasInterrupts(exit.cause)) yield* restore(Effect.yieldNow)", "false) yield* restore(Effect.yieldNow)"],
      ["Effect.exit(restore(delete_(", "Effect.exit(((a) => a)(delete_("],
      ['if (outcome.outcome === "deleted") failures = 0', 'if (outcome.outcome === "unknown") failures = 0'],
      ["else if (isFailure(outcome)) failures++", "else failures++"],
      ["options.stopAfterFailures ?? 25", "25"],
      ["failures >= most", "failures > most"],
      ['error === "Unauthorized" || (', "("],
      ['error === "Forbidden" && code !== noPermission', 'error === "Forbidden"'],
      ['error !== "SessionNotFound"', "true"],
      ["if (limit !== undefined) notBefore", "if (false) notBefore"],
      ["isWhole && value >= least", "value >= least"],
      ["  yield* claim\n", ""],
      ["baseUrl !== undefined && ledger.plan.baseUrl !== baseUrl", "false"],
      ["if (entireRun === true)", "if (entireRun === undefined && false)"],
      ['(stop ??= { reason: "halted" })', "undefined"],
      ["concurrency: options.concurrency ?? 8", "concurrency: 8"],
      ["seen.refused++\n", ""],
      ["Duration.sum(seen.queued, queued)", "queued"],
      ["resumed: before.begun !== undefined", "resumed: false"],
      ["({ n }) => n)\n    ])", "({ n }) => n - 1)\n    ])"]
    ]
  },
  {
    file: "Outcome.ts",
    tests: ["Outcome"],
    mutants: [
      ['(outcome !== "unknown" &&', "("],
      ["    entireRun !== true &&\n", ""],
      ["    broken !== true &&\n", ""],
      ["code === noPermission ||", ""],
      ["&& lastWords.has(error))", ")"],
      ['  "SessionNotFound",\n', ""],
      ['error._tag === "Vetoed" && error.outcome === "not-deleted" ?', 'error._tag === "Vetoed" ?'],
      ['  outcome: "unknown",\n  error: "Defect"', '  outcome: "not-deleted",\n  error: "Defect"']
    ]
  },
  {
    file: "internal/journal.ts",
    tests: ["Ledger"],
    mutants: [
      ["sql`final = 0 AND ${isOurs()}`", "sql`1 = 1 AND ${isOurs()}`"],
      ["sql`final = 0 AND ${isOurs()}`", "sql`final = 0`"],
      ["sql`state = 'intended' AND ${isOurs()}`", "sql`1 = 1 AND ${isOurs()}`"],
      ["sql`state = 'intended' AND ${isOurs()}`", "sql`state = 'intended'`"],
      ["if (Option.isNone(decode(body))) return", "if (false) return"],
      ['entry.reading === "unclear"', "false"],
      ["sql`user_id = ${entry.userId}`,\n", ""],
      ["sql`session_id = ${entry.sessionId}`,\n", ""],
      ["if (Exit.isFailure(exit)) broken = exit\n", ""],
      ["      sql.withTransaction,\n", ""],
      ["          yield* Effect.yieldNow\n", ""],
      ["    if (Deferred.isDoneUnsafe(own)) return\n", ""],
      ["ORDER BY entry DESC LIMIT 1", "ORDER BY entry LIMIT 1"],
      [", ended_entry = NULL`", "`"]
    ]
  },
  {
    file: "internal/inspect.ts",
    tests: ["internal/inspect"],
    mutants: [
      ["hash !== head.hash ||", ""],
      ["number !== head.entries ||", ""],
      ['if ((entry.kind === "plan") !== (number === 1)) return yield* contradiction\n', ""],
      ["if (!isSamePlan(entry, plan)) return yield* contradiction\n", ""],
      ["row.user_id !== entry.userId ||", ""],
      ["if (!intended.delete(entry.n)) return yield* contradiction\n", ""],
      ["if (isFinal(entry) && row.entry !== number) return yield* contradiction\n", ""],
      ["if (latest < number) return yield* contradiction\n", ""],
      ["!isSame(row, known(entry, number))", "false"],
      ["told !== rows.told ||", ""],
      ["read !== rows.read", "false"],
      ["run.begun_entry !== begun ||", ""],
      ["run.ended_entry !== ended", "false"],
      ["row.entry === null && !isSame(row, planned)", "false"],
      ["(row.reading === null) !== (row.reading_entry === null)", "false"],
      ["last !== plan.count ||", ""],
      ['digest.digest("hex") !== plan.digest', "false"],
      ['if (said !== "ok") {', "if (said === undefined) {"]
    ]
  },
  {
    file: "LedgerFile.ts",
    tests: ["LedgerFile"],
    mutants: [
      ["Effect.asVoid(sql`BEGIN EXCLUSIVE`)", "Effect.asVoid(sql`BEGIN`)"],
      ["  if (yield* isThere(path)) return\n  const draft", "  const draft"],
      ["{ mode: 0o600 }", "{ mode: 0o644 }"],
      ["`${draft}-journal`, `${path}-journal`)", "`${draft}-journal`)"],
      ["isLocked(error)", "!isLocked(error)"]
    ]
  },
  {
    file: "Verification.ts",
    tests: ["Verification"],
    mutants: [
      ['before === "absent" || before === "reappeared"', 'before === "absent"'],
      ["requests.length >= worthListing", "requests.length > worthListing"],
      ["listed = { userId, failure: failure ?? undefined }", "listed = { userId, failure: undefined }"],
      ['there.has(session_id) ? "present" : "absent"', 'there.has(session_id) ? "absent" : "present"'],
      ["a.user_id === b.user_id", "true"]
    ]
  },
  {
    file: "internal/reportOfLedger.ts",
    tests: ["Verification"],
    mutants: [
      ['state !== "deleted" || reading', "reading"],
      ['reading === "present" || reading === "reappeared"', "false"],
      ['intended: "unknown"', 'intended: "unprocessed"'],
      ['ended?.reason === "finished"', "ended !== undefined"],
      ["if (!running)", "if (running)"]
    ]
  },
  {
    file: "Selection.ts",
    tests: ["Selection"],
    mutants: [
      ["if (choices !== 1) {", "if (choices > 1) {"],
      ["summary.userId !== undefined && summary.userId !== userId", "false"],
      ["title === undefined && selection.where.length > 0", "false"],
      ["if (rule !== undefined) return kept(rule)\n", ""],
      ["if (users.length === 0)", "if (false)"],
      ["ids !== undefined && users.length > 1", "false"]
    ]
  },
  {
    file: "internal/planReader.ts",
    tests: ["Plan"],
    mutants: [
      ["if (n > count) return", "if (false) return"],
      ["if (toLine(body, own) !== line) {", "if (false) {"],
      ["parsed.success.n !== n", "false"],
      ["order(last, entry) >= 0", "order(last, entry) > 0"],
      ["expected.baseUrl !== header.baseUrl", "false"],
      ["headerBody(expected.header) === body", "true"],
      ["if (lines <= header.count) {", "if (lines < header.count) {"],
      ["digest.digest() === header.digest", "true"],
      ['if (line.endsWith("\\r"))', "if (false)"]
    ]
  }
]
