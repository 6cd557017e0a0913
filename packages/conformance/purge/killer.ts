// A thread of the program that is killed: waits for the flag, and then so many microseconds, and kills the process.
import { parentPort, workerData } from "node:worker_threads"

const { flag, micros } = workerData
parentPort?.postMessage("ready")
Atomics.wait(flag, 0, 0)
const end = performance.now() + micros / 1_000
while (performance.now() < end);
process.kill(process.pid, "SIGKILL")
