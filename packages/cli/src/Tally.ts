/**
 * How a run stands: how many ids have ended, and how.
 *
 * @since 0.1.0
 */
import { ExitCode } from "./ExitCode.ts"
import type { Line } from "./Line.ts"
import type { Signal } from "./Stop.ts"

/**
 * @since 0.1.0
 */
export class Tally {
  readonly total: number
  private readonly counts = { deleted: 0, "not-deleted": 0, unknown: 0, vetoed: 0, skipped: 0 }
  private absent = 0
  private unauthorized = false
  private forbidden = false

  constructor(total: number) {
    this.total = total
  }

  add(line: Line): void {
    this.counts[line.outcome]++
    if (line.disposition === "already-absent") this.absent++
    this.unauthorized ||= line.error?.tag === "Unauthorized"
    this.forbidden ||= line.error?.tag === "Forbidden"
  }

  /** Whether the API refused the key itself. */
  get isUnauthorized(): boolean {
    return this.unauthorized
  }

  get done(): number {
    return Object.values(this.counts).reduce((sum, count) => sum + count, 0)
  }

  /** How many have an ending of their own: all but the skipped ones. */
  get ended(): number {
    return this.done - this.counts.skipped
  }

  /** Whether nothing was found of all that was asked for: wrong ids, or another project's key. */
  get foundNothing(): boolean {
    return this.absent > 0 && this.absent === this.ended
  }

  /** "2 deleted, 3 not there, 1 unknown". */
  toString(): string {
    const { deleted, ...others } = this.counts
    return Object.entries({ deleted: deleted - this.absent, "not-there": this.absent, ...others })
      .filter(([outcome, count]) => count > 0 || outcome === "deleted")
      .map(([outcome, count]) => `${count} ${outcome.replace("-", " ")}`)
      .join(", ")
  }

  /**
   * The exit code. Where several apply, the one that needs attention most urgently: a signal, then unauthorized,
   * unknown, not deleted, vetoed.
   */
  exitCode(signal: Signal | undefined): number {
    if (signal !== undefined) return ExitCode[signal]
    if (this.unauthorized || this.forbidden) return ExitCode.unauthorized
    // What nobody has told of may have been sent.
    if (this.counts.unknown > 0 || this.done < this.total) return ExitCode.unknown
    if (this.counts["not-deleted"] + this.counts.skipped > 0) return ExitCode.notDeleted
    return this.counts.vetoed > 0 ? ExitCode.declined : ExitCode.allDeleted
  }
}
