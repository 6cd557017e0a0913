/**
 * What an entry about a request says of it: the row of the request repeats its last intent or outcome.
 */
import { Schema } from "effect"
import type { LedgerEntry } from "../LedgerEntry.ts"
import { isFinal } from "../Outcome.ts"
import { Known } from "./tables.ts"

type About = Extract<LedgerEntry, { readonly kind: "intent" | "outcome" }>

/** Of a request that no entry is about. */
export const planned: Known = {
  state: "planned",
  final: 0,
  entry: null,
  disposition: null,
  error: null,
  message: null,
  code: null,
  http_status: null,
  attempts: null,
  trace_id: null,
  external_trace_id: null,
  started_at: null,
  finished_at: null
}

export const known = (about: About, entry: number): Known =>
  about.kind === "intent"
    ? { ...planned, state: "intended", entry, started_at: about.at }
    : {
        state: about.outcome,
        final: isFinal(about) ? 1 : 0,
        entry,
        disposition: about.disposition ?? null,
        error: about.error ?? null,
        message: about.message ?? null,
        code: about.code ?? null,
        http_status: about.httpStatus ?? null,
        attempts: about.attempts,
        trace_id: about.traceId ?? null,
        external_trace_id: about.externalTraceId ?? null,
        started_at: about.startedAt,
        finished_at: about.finishedAt
      }

export const isSame: (row: Known, expected: Known) => boolean = Schema.toEquivalence(Known)
