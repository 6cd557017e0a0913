#!/usr/bin/env -S node --
// The two dashes keep Node from taking `--env-file` for its own.
import { main } from "./Main.ts"

main()
