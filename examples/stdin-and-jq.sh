#!/bin/sh
# Ids on standard input, one JSON object per id on standard output, and jq to read them.
# Where there is no jq, a few lines of Node stand in for the two filters below.
set -eu
cd "$(dirname "$0")/.."
folder=$(mktemp -d)

# In this repository the command runs from its sources.
printf '#!/bin/sh\nexec node "%s/packages/cli/src/bin.ts" "$@"\n' "$PWD" > "$folder/powerdrill-sessions"
chmod +x "$folder/powerdrill-sessions"
PATH="$folder:$PWD/node_modules/.bin:$PATH"

ids_that_are() { jq -r --arg outcome "$1" 'select(.outcome == $outcome) | .sessionId'; }
reasons() { jq -r 'select(.error != null) | "\(.sessionId): \(.error.tag)"'; }
if ! command -v jq > /dev/null; then
  each() { node -e "require('fs').readFileSync(0, 'utf8').trim().split('\n').map(JSON.parse).forEach((o) => { $1 })"; }
  ids_that_are() { each "if (o.outcome === '$1') console.log(o.sessionId)"; }
  reasons() { each 'if (o.error !== null) console.log(o.sessionId + ": " + o.error.tag)'; }
fi

# An emulator to practise on: it prints its settings as `export` lines, and the ids of its sessions.
powerdrill-sessions emulator --port 0 --seed-sessions 2 > "$folder/emulator" &
emulator=$!
trap 'kill $emulator; rm -r "$folder"' EXIT
until grep -q Ctrl-C "$folder/emulator"; do sleep 0.1; done
eval "$(grep '^  export' "$folder/emulator")"

grep -E '^  [0-9a-f-]{36}$' "$folder/emulator" | tr -d ' ' > "$folder/ids"
echo never-created >> "$folder/ids"

code=0
powerdrill-sessions delete - --yes --json < "$folder/ids" > "$folder/results" || code=$?
echo "Exit code $code"
echo "Deleted: $(ids_that_are deleted < "$folder/results" | grep -c .)"
reasons < "$folder/results"

# What is claimed is true: asked again, none of them is there.
powerdrill-sessions delete - --yes --json --if-exists < "$folder/ids" > "$folder/again"
echo "Already absent: $(grep -c already-absent "$folder/again")"
test "$(grep -c already-absent "$folder/again")" -eq 3
