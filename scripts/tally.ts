/** How many passed and how many failed, of tests and of checks. */
export interface Tally {
  readonly passed: number
  readonly failed: number
}

export const sum = (tallies: ReadonlyArray<Tally>): Tally => ({
  passed: tallies.reduce((total, { passed }) => total + passed, 0),
  failed: tallies.reduce((total, { failed }) => total + failed, 0)
})

/** Prints the last line of a run and sets its exit code. */
export const conclude = ({ failed, passed }: Tally) => {
  console.log(`${passed} passed, ${failed} failed`)
  process.exitCode = failed === 0 ? 0 : 1
}
