import type * as Core from "@powerdrill-sessions/core"
import type { Receipt } from "../Receipt.ts"
import { toReceipt } from "./toReceipt.ts"

/** A success of the core, as wrappers are handed it. It is not exported as a value, so nobody else can make one. */
export class Confirmed {
  readonly #confirmed: Core.Plugin.Confirmed

  /** @internal */
  constructor(confirmed: Core.Plugin.Confirmed) {
    this.#confirmed = confirmed
  }

  get receipt(): Receipt {
    return toReceipt(this.#confirmed.receipt)
  }

  /**
   * The core's own, where a wrapper has returned one of these.
   *
   * @internal
   */
  static unwrap(u: unknown): Core.Plugin.Confirmed | undefined {
    return u instanceof Confirmed ? u.#confirmed : undefined
  }
}
