/**
 * The sessions the emulator truly holds. Every change is one synchronous step, so no request sees half of another.
 */
import type { Commit } from "../Oracle.ts"
import { Session } from "../Session.ts"

export interface NewSession {
  readonly id?: string | undefined
  readonly userId: string
  readonly apiKey: string
  readonly title?: string | undefined
  readonly languageType?: string | undefined
  readonly jobMode?: string | undefined
  readonly maxMessagesInContext?: number | undefined
  readonly agentId?: string | undefined
}

export type Lookup =
  | { readonly _tag: "Found"; readonly session: Session }
  | { readonly _tag: "NotFound" }
  | { readonly _tag: "NotYours" }

export interface Caller {
  readonly apiKey: string
  readonly userId: string
}

export interface State {
  readonly create: (session: NewSession) => Session
  readonly all: () => ReadonlyArray<Session>
  readonly has: (sessionId: string) => boolean
  readonly find: (sessionId: string, caller: Caller) => Lookup
  /** Deletes, and records that it did; neither is ever seen without the other. */
  readonly remove: (sessionId: string, caller: Caller, by: By) => Lookup
  readonly commits: () => ReadonlyArray<Commit>
}

/** What a commit is recorded with. */
export type By = Omit<Commit, "sessionId" | "userId">

export const make = (): State => {
  const sessions = new Map<string, Session>()
  const commits: Array<Commit> = []

  const find = (sessionId: string, caller: Caller): Lookup => {
    const session = sessions.get(sessionId)
    // A session of another project is no more visible than one that does not exist.
    if (session === undefined || session.apiKey !== caller.apiKey) return { _tag: "NotFound" }
    return session.userId === caller.userId ? { _tag: "Found", session } : { _tag: "NotYours" }
  }

  return {
    create(input) {
      const session = new Session({
        id: input.id ?? crypto.randomUUID(),
        title: input.title ?? "New session",
        languageType: input.languageType ?? "AUTO",
        jobMode: input.jobMode ?? "AUTO",
        maxMessagesInContext: input.maxMessagesInContext ?? 10,
        agentId: input.agentId ?? "DATA_ANALYSIS_AGENT",
        userId: input.userId,
        apiKey: input.apiKey
      })
      sessions.set(session.id, session)
      return session
    },
    all: () => Array.from(sessions.values()),
    has: (sessionId) => sessions.has(sessionId),
    find,
    remove(sessionId, caller, by) {
      const found = find(sessionId, caller)
      if (found._tag === "Found") {
        sessions.delete(sessionId)
        commits.push({ sessionId, userId: found.session.userId, ...by })
      }
      return found
    },
    commits: () => commits.slice()
  }
}
