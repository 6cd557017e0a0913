import { assert, describe, it } from "@effect/vitest"
import * as RetryBudget from "../../src/internal/retryBudget.ts"

/** How many retries it still pays for. */
const drain = (budget: RetryBudget.RetryBudget): number => {
  let paid = 0
  while (budget.withdraw()) paid++
  return paid
}

describe("retryBudget", () => {
  it("pays for a hundred retries, and then for none", () => {
    const budget = RetryBudget.make()
    assert.strictEqual(drain(budget), 100)
    assert.strictEqual(drain(budget), 0)
  })

  it("is paid back by a retry that succeeded, and by five calls that needed none", () => {
    const budget = RetryBudget.make()
    drain(budget)
    budget.deposit(2)
    assert.strictEqual(drain(budget), 1)
    for (let i = 0; i < 4; i++) budget.deposit(1)
    assert.strictEqual(drain(budget), 0)
    budget.deposit(1)
    assert.strictEqual(drain(budget), 1)
  })

  it("pays back one retry for a call, however many it needed", () => {
    const budget = RetryBudget.make()
    drain(budget)
    budget.deposit(4)
    assert.strictEqual(drain(budget), 1)
  })

  it("never saves up more than it began with", () => {
    const budget = RetryBudget.make()
    for (let i = 0; i < 100; i++) budget.deposit(2)
    assert.strictEqual(drain(budget), 100)
  })
})
