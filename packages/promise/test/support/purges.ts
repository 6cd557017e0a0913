/**
 * A folder for plans and their ledgers, an emulator with sessions in it, and clients of it.
 */
import { Emulator } from "@powerdrill-sessions/emulator"
import { createSessions, type Sessions, type SessionsOptions } from "@powerdrill-sessions/promise"
import { type PlanEntry, type PurgeEvent, writePlan } from "@powerdrill-sessions/promise/purge"
import { Effect, ManagedRuntime } from "effect"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"

export interface Place extends AsyncDisposable {
  readonly emulator: Emulator["Service"]
  /** Where a plan may be. */
  readonly path: string
  /** A client, without retries and limits unless they are asked for. */
  readonly client: (options?: SessionsOptions) => Sessions
  /** Creates so many sessions and writes a plan for them: `s-001`, `s-002`, … */
  readonly plan: (sessions: Sessions, count: number) => ReturnType<typeof writePlan>
  /** The ids of the sessions that are truly there. */
  readonly held: () => Promise<ReadonlyArray<string>>
  /** The ids of the sessions that deletes have asked for, in order. */
  readonly asked: () => Promise<ReadonlyArray<string>>
}

export const idOf = (n: number) => `s-${String(n).padStart(3, "0")}`

export const idsOf = (count: number) => Array.from({ length: count }, (_, index) => idOf(index + 1))

export const makePlace = async (): Promise<Place> => {
  const folder = mkdtempSync(join(tmpdir(), "powerdrill-sessions-promise-"))
  const runtime = ManagedRuntime.make(Emulator.layerTest())
  const emulator = await runtime.runPromise(Effect.service(Emulator))
  const { apiKey, baseUrl, userId } = emulator
  const path = join(folder, "plan.jsonl")
  return {
    emulator,
    path,
    client: (options) =>
      createSessions({ apiKey, baseUrl, userId, retry: "none", requestsPerSecond: Infinity, ...options }),
    plan: async (sessions, count) => {
      const entries: Array<PlanEntry> = []
      for (const sessionId of idsOf(count)) {
        await runtime.runPromise(emulator.create({ sessionId }))
        entries.push({ sessionId, userId })
      }
      return writePlan(sessions, path, { selection: "all of them", entries })
    },
    held: () => runtime.runPromise(Effect.map(emulator.sessions, (sessions) => sessions.map(({ id }) => id).sort())),
    asked: () =>
      runtime.runPromise(
        Effect.map(emulator.requests, (requests) =>
          requests
            .filter(({ method }) => method === "DELETE")
            .map((request) => new URL(request.path, baseUrl).pathname.split("/").at(-1) ?? "")
        )
      ),
    [Symbol.asyncDispose]: async () => {
      await runtime.dispose()
      rmSync(folder, { recursive: true })
    }
  }
}

/** A `fetch` whose requests wait until they are let go. */
export const makeGate = () => {
  let waiting: Array<() => void> = []
  let isOpen = false
  let count = 0
  let watchers: Array<readonly [count: number, resolve: () => void]> = []
  return {
    fetch: async (input: string | URL | Request, init?: RequestInit): Promise<Response> => {
      count++
      watchers = watchers.filter(([needed, resolve]) => (count < needed ? true : (resolve(), false)))
      if (!isOpen) {
        await new Promise<void>((resolve, reject) => {
          waiting.push(resolve)
          init?.signal?.addEventListener("abort", () => reject(init.signal?.reason))
        })
      }
      return globalThis.fetch(input, init)
    },
    /** Resolves when so many requests have come. */
    reached: (needed: number) =>
      new Promise<void>((resolve) => {
        if (count >= needed) resolve()
        else watchers.push([needed, resolve])
      }),
    open: () => {
      isOpen = true
      for (const resolve of waiting) resolve()
      waiting = []
    },
    get count() {
      return count
    }
  }
}

/** What has happened, in short: `Begun`, `s-001 deleted`, …, `Ended finished`. */
export const tellEvent = (event: PurgeEvent): string => {
  switch (event._tag) {
    case "Settled":
      return `${event.sessionId} ${event.outcome.disposition ?? event.outcome.error ?? event.outcome.outcome}`
    case "Ended":
      return `Ended ${event.reason}`
    default:
      return event._tag
  }
}

export const collect = async (events: AsyncIterable<PurgeEvent>): Promise<ReadonlyArray<string>> => {
  const told: Array<string> = []
  for await (const event of events) told.push(tellEvent(event))
  return told
}
