/**
 * better-auth, a server for sign-ins: its own irreversible act, a user who deletes the account, on its memory adapter. After
 * its documentation, "Hooks" (`before` and `after` with `createAuthMiddleware`; both may answer in place of the endpoint) and
 * "User & Accounts" (`beforeDelete` may throw an `APIError`). The caller is a browser, by `auth.handler`,
 * which prints what hooks throw.
 */
import { betterAuth, type BetterAuthPlugin } from "better-auth"
import { memoryAdapter } from "better-auth/adapters/memory"
import { APIError, createAuthMiddleware } from "better-auth/api"
import { Predicate } from "effect"
import { broken, type Library, never, type Play, type Stage, type Told } from "./Library.ts"

export const betterAuthHooks: Library = {
  name: "better-auth",
  packages: ["better-auth"],
  plays: {
    beforeThrows: play(() => ({ before: [broken] })),
    beforeHangs: play(() => ({ before: [never] })),
    afterThrows: play(() => ({ after: [broken] })),
    afterHangs: play(() => ({ after: [never] })),
    errorHandled: play(() => ({ beforeDelete: refuse, after: [success] })),
    madeUp: play(() => ({ before: [success] })),
    abandoned: "knows of no abort",
    twoObservers: play(({ observe }) => ({ after: [broken, observe] })),
    retry: "has no retries",
    key: "has no such key; hooks see the user's cookie"
  }
}

interface Hooks {
  /** One plugin each. */
  readonly before?: ReadonlyArray<Hook>
  readonly after?: ReadonlyArray<Hook>
  readonly beforeDelete?: () => Promise<void>
}

type Hook = () => unknown

const success = () => ({ success: true, message: "User deleted" })

const refuse = async (): Promise<never> => {
  throw new APIError("BAD_REQUEST", { message: "It is under a legal hold." })
}

const plugin = (kind: "before" | "after", hook: Hook, index: number): BetterAuthPlugin => {
  const matcher = ({ path }: { readonly path?: string }) => path === "/delete-user"
  const handler = createAuthMiddleware(async () => hook())
  return { id: `${kind}-${index + 1}`, hooks: { [kind]: [{ matcher, handler }] } }
}

const baseURL = "http://localhost:3000"

function play(hooks: (stage: Stage) => Hooks): Play {
  return async (stage) => {
    const { after = [], before = [], beforeDelete } = hooks(stage)
    const database: Record<string, Array<Record<string, unknown>>> = {
      user: [],
      session: [],
      account: [],
      verification: []
    }
    const auth = betterAuth({
      baseURL,
      secret: "only for this comparison, and known to all who read it",
      database: memoryAdapter(database),
      emailAndPassword: { enabled: true },
      user: { deleteUser: { enabled: true, ...(beforeDelete && { beforeDelete }) } },
      plugins: [
        ...before.map((hook, index) => plugin("before", hook, index)),
        ...after.map((hook, index) => plugin("after", hook, index))
      ],
      logger: { disabled: true },
      telemetry: { enabled: false }
    })
    const post = (path: string, body: unknown, cookie: string) =>
      auth.handler(
        new Request(`${baseURL}/api/auth${path}`, {
          method: "POST",
          headers: { "content-type": "application/json", origin: baseURL, cookie },
          body: JSON.stringify(body)
        })
      )
    const signUp = { name: "Ada", email: "ada@example.com", password: "correct horse battery staple" }
    const signedUp = await post("/sign-up/email", signUp, "")
    const cookie = signedUp.headers
      .getSetCookie()
      .map((cookie) => cookie.split(";", 1))
      .join("; ")
    if (database["user"]?.length !== 1) throw new Error(`There is no user to delete: ${await signedUp.text()}`)
    stage.insteadOfSession(() => database["user"]?.length === 0)
    return tell(await post("/delete-user", {}, cookie))
  }
}

const tell = async (response: Response): Promise<Told> => {
  const body: unknown = response.ok ? await response.json() : undefined
  return Predicate.hasProperty(body, "success") && body.success === true
    ? { says: "deleted" }
    : { says: "failed", error: `HTTP ${response.status}` }
}
