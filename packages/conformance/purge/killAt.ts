/**
 * Kills this process at a moment of its choice: as a power cut would, without a chance to say or to finish anything.
 */
import { Effect } from "effect"
import { DatabaseSync, type SQLInputValue, type StatementSync } from "node:sqlite"
import { Worker } from "node:worker_threads"
import type { Boundary, Setup } from "./Setup.ts"

const die = () => {
  process.kill(process.pid, "SIGKILL")
  wait()
}

/** For ever; no other thing of this thread happens meanwhile. */
const wait = () => void Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0)

/**
 * Answers what to run at each boundary, with a text that names the session: the death, where it is the one that was told.
 *
 * The moments inside of a transaction are seen at the statements that the database is given.
 */
export const killAtBoundaries = async (killed: Setup["killed"]) => {
  const isIt = (at: Boundary, about: string) => killed?.at === at && about.includes(killed.sessionId)

  if (killed !== undefined && /^(?:inside|committing)-/.test(killed.at)) {
    const strike = await killer(killed.micros)
    // Whether the transaction that is open has the entry in it.
    let written: "intent" | "outcome" | undefined
    watchStatements((sql, params) => {
      if (sql === "COMMIT") {
        if (written === undefined || !isIt(`committing-${written}`, killed.sessionId)) return () => {}
        strike()
        // Where it was faster than its death, it goes no further.
        return wait
      }
      return () => {
        const body = params.find(isBody)
        if (body === undefined || !body.includes(killed.sessionId)) return
        written = body.startsWith('{"kind":"intent"') ? "intent" : "outcome"
        if (isIt(`inside-${written}`, killed.sessionId)) die()
      }
    })
  }

  return (at: Boundary, about: string): Effect.Effect<void> => Effect.sync(() => void (isIt(at, about) && die()))
}

/** The body of an entry that is about a request. */
const isBody = (param: SQLInputValue): param is string =>
  typeof param === "string" && /^\{"kind":"(?:intent|outcome)"/.test(param)

/** Calls `before` before each statement, and what that answers after it. */
const watchStatements = (before: (sql: string, params: ReadonlyArray<SQLInputValue>) => () => void) => {
  // It is called with its own database below.
  // oxlint-disable-next-line typescript/unbound-method
  const { prepare } = DatabaseSync.prototype
  DatabaseSync.prototype.prepare = function (this: DatabaseSync, sql, ...rest) {
    const statement: StatementSync = prepare.call(this, sql, ...rest)
    statement.all = new Proxy(statement.all.bind(statement), {
      apply: (all, self, params: Array<SQLInputValue>) => {
        const after = before(sql, params)
        const rows = Reflect.apply(all, self, params)
        after()
        return rows
      }
    })
    return statement
  }
}

/** A thread that kills the process so many microseconds after it was told to, whatever the first one is doing. */
const killer = async (micros: number) => {
  const flag = new Int32Array(new SharedArrayBuffer(4))
  const worker = new Worker(new URL("./killer.ts", import.meta.url), { workerData: { flag, micros } })
  await new Promise<void>((resolve) => void worker.once("message", () => resolve()))
  worker.unref()
  return () => {
    Atomics.store(flag, 0, 1)
    Atomics.notify(flag, 0)
  }
}
