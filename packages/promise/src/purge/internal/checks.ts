/**
 * What is checked of the arguments before anything is done. The types say the same; a program in JavaScript may not have
 * looked.
 */
import { Predicate } from "effect"
import type { CallSite } from "../../internal/callSite.ts"
import { clientOf } from "../../internal/clients.ts"
import type { Client } from "../../internal/runtime.ts"
import { type Misshapen, misshapen, retry, type Shapes, signal, text } from "../../internal/shapes.ts"
import { InvalidConfig } from "../../InvalidConfig.ts"
import type { ControlOptions } from "../Ledger.ts"
import type { OpenPlanOptions, WritePlanOptions } from "../Plan.ts"
import type { PurgeOptions } from "../Purge.ts"
import type { ReportOptions } from "../Report.ts"
import type { VerifyPurgeOptions } from "../Verification.ts"

const invalid = (setting: string, reason: string, site: CallSite) => site(new InvalidConfig({ setting, reason }))

/** @internal */
export const requireClient = (sessions: unknown, site: CallSite): Client => {
  const client = clientOf(sessions)
  if (client === undefined) throw invalid("sessions", "it must be a client that createSessions has made", site)
  return client
}

/** @internal */
export const requirePath = (path: unknown, site: CallSite): void => {
  if (!Predicate.isString(path) || path === "") throw invalid("path", "it must be the path of a plan", site)
}

/**
 * Where the plan is, and which one it must be.
 *
 * @internal
 */
export const requirePlan = (plan: unknown, site: CallSite): { path: string; digest: string | undefined } => {
  if (Predicate.isString(plan) && plan !== "") return { path: plan, digest: undefined }
  if (Predicate.isObject(plan)) {
    const { digest, path }: { digest?: unknown; path?: unknown } = plan
    if (Predicate.isString(path) && Predicate.isString(digest)) return { path, digest }
  }
  throw invalid("plan", "it must be the path of a plan, or what writePlan or openPlan has resolved to", site)
}

const flag = ["must be true or false", Predicate.isBoolean] as const
const atLeast = (least: number) =>
  [
    `must be an integer of at least ${least}`,
    (u: unknown) => Predicate.isNumber(u) && Number.isInteger(u) && u >= least
  ] as const

const iterable = [
  "must be an iterable or an async iterable of objects with a sessionId and a userId",
  (u: unknown) => Predicate.isObjectOrArray(u) && (Symbol.iterator in u || Symbol.asyncIterator in u)
] as const

const writeOptions: Shapes<WritePlanOptions> = {
  selection: text,
  entries: iterable,
  kept: [
    "must be an integer of at least 0, or a function that returns one",
    (u: unknown) => Predicate.isFunction(u) || atLeast(0)[1](u)
  ],
  overwrite: flag,
  signal
}

const openOptions: Shapes<OpenPlanOptions> = { baseUrl: text, signal }

const purgeOptions: Shapes<PurgeOptions> = {
  confirm: text,
  maxDelete: atLeast(0),
  concurrency: atLeast(1),
  stopAfterFailures: [
    "must be an integer of at least 1, or Infinity",
    (u: unknown) => u === Infinity || atLeast(1)[1](u)
  ],
  absentIsDeleted: flag,
  retry,
  by: text,
  signal
}

const verifyOptions: Shapes<VerifyPurgeOptions> = { concurrency: atLeast(1), by: text, signal }

const reportOptions: Shapes<ReportOptions> = {
  format: ['must be "text", "json" or "html"', (u: unknown) => u === "text" || u === "json" || u === "html"]
}

const controlOptions: Shapes<ControlOptions> = { by: text }

const refuse =
  (find: (options: unknown) => Misshapen | undefined, required: ReadonlyArray<string> = []) =>
  (options: unknown, site: CallSite): void => {
    const found = find(options)
    if (found !== undefined) throw invalid(found.option ?? "options", `it ${found.rule}`, site)
    const missing = required.find((option) => Predicate.isObject(options) && Reflect.get(options, option) === undefined)
    if (missing !== undefined) throw invalid(missing, "it must be given", site)
  }

/** @internal */
export const checkWriteOptions = refuse(misshapen(writeOptions), ["selection", "entries"])

/** @internal */
export const checkOpenOptions = refuse(misshapen(openOptions))

/** @internal */
export const checkPurgeOptions = refuse(misshapen(purgeOptions))

/** @internal */
export const checkControlOptions = refuse(misshapen(controlOptions))

/** @internal */
export const checkVerifyOptions = refuse(misshapen(verifyOptions))

/** @internal */
export const checkReportOptions = refuse(misshapen(reportOptions))
