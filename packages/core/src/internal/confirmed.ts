import type { Receipt } from "../Receipt.ts"

/** A receipt as the core hands it to wrappers. It is not exported as a value, so nobody else can make one. */
export class Confirmed {
  readonly #receipt: Receipt

  constructor(receipt: Receipt) {
    this.#receipt = receipt
  }

  get receipt(): Receipt {
    return this.#receipt
  }
}
