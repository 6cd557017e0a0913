/**
 * What `scripts/mutants.ts` changes in core, to see whether its tests notice.
 *
 * Each mutant is a piece of text that occurs once in the file, and what takes its place. One that no test can or need
 * tell from the original says why: it is judged, and must survive.
 */
export type Mutant = readonly [text: string, replacement: string, judged?: string]

export interface Group {
  /** In the package's src. */
  readonly file: string
  /** In its test: what is run first. What these let through, the whole suite sees. */
  readonly tests: ReadonlyArray<string>
  readonly mutants: ReadonlyArray<Mutant>
}

export const groups: ReadonlyArray<Group> = [
  {
    file: "internal/classify.ts",
    tests: ["internal/classify"],
    mutants: [
      ['call.inDoubt ? "unknown" : "not-deleted" } as const', '"not-deleted" } as const'],
      ['const unknown = { ...about, outcome: "unknown" }', 'const unknown = { ...about, outcome: "not-deleted" }'],
      ["new Errors.Unreachable({ ...refused,", "new Errors.Unreachable({ ...unknown,"],
      ["undefined : call.redact(answer.traceId)", "undefined : answer.traceId"],
      ["httpStatus >= 200 && httpStatus < 300", "httpStatus >= 200 && httpStatus <= 300"],
      ["if (httpStatus === 401)", "if (httpStatus === 403)"],
      ["...(httpStatus >= 500 ? unknown : refused)", "...refused"],
      ['if (envelope === "garbled")', 'if (envelope === "never")'],
      ['reason: "unreadable"', 'reason: "timeout"'],
      ["httpStatus >= 400 && httpStatus < 500", "httpStatus >= 400 && httpStatus <= 500"],
      ['httpStatus >= 300 ? "redirected"', 'httpStatus > 300 ? "redirected"'],
      ["msg: call.redact(msg)", "msg"],
      ["      return successful\n", "      return successful || httpStatus >= 500\n"],
      ["    case 300001:\n", ""],
      [
        "case 9999:\n      return Result.fail(new Errors.Internal({ ...unknown,",
        "case 9999:\n      return Result.fail(new Errors.Internal({ ...refused,"
      ],
      ["    case 1002:\n", ""],
      ["      return call.inDoubt\n", "      return !call.inDoubt\n"],
      ["{ code: Schema.Int }", "{ code: Schema.Number }"],
      ['find((text) => text !== "")', 'find((text) => text === "")']
    ]
  },
  {
    file: "internal/call.ts",
    tests: ["internal/call", "Plugin"],
    mutants: [
      ["config.sendTraceId ? withTraceId(asked, context) : asked", "withTraceId(asked, context)"],
      ['text.replaceAll(key, "<redacted>")', "text"],
      [
        "if (wire.circuit.isOpen(deadline.now())) return Effect.fail(new Unauthorized(call.notSent()))\n  const",
        "const"
      ],
      ['failure._tag === "Unauthorized") wire', 'failure._tag === "Forbidden") wire'],
      ["this.inDoubt = this.underWay = request.afterUnknown === true", "this.inDoubt = this.underWay = true"],
      ["this.inDoubt = this.underWay = request.afterUnknown === true", "this.inDoubt = this.underWay = false"],
      ["this.inDoubt = this.underWay = request", "this.underWay = false; this.inDoubt = request"],
      ['this.inDoubt || this.sending ? "unknown"', 'this.inDoubt ? "unknown"'],
      ['this.inDoubt || this.sending ? "unknown"', 'this.sending ? "unknown"'],
      ["    call.inDoubt ||= call.sending\n", ""],
      ["    call.underWay ||= call.sending\n", ""],
      ["    if (call.closed) return Effect.interrupt\n", ""],
      ["call.sending = Result.isSuccess(ending)", "call.sending = false"],
      ["const error = fixed(ending.failure)", "const error = ending.failure"],
      ['  if (Result.isFailure(told)) call.inDoubt = told.failure.outcome === "unknown"\n', ""],
      ["attempt: ongoing.attempts", "attempt: 1"],
      ["goesOn = !stop && retryAt", "goesOn = retryAt"],
      ["retryAt < deadline.endsAt", "retryAt <= deadline.endsAt"],
      ["Math.max(0, retryAt - deadline.now())", "Math.max(0, retryAt - now)"],
      ['method === "ensureDeleted" ? asAbsent(seen) : seen', "asAbsent(seen)"],
      ["Duration.millis(sentAt - queuedAt)", "Duration.zero"],
      ["Duration.millis(deadline.now() - sentAt)", "Duration.zero"],
      ["{ retryAfter: wait }", "undefined"],
      ["Duration.min(config.attemptTimeout, deadline.left())", "config.attemptTimeout"],
      ["Effect.flatMapEager(turn(call), () => {", "Effect.flatMapEager(Effect.void, () => {"],
      [
        "    if (wire.circuit.isOpen(deadline.now())) return Effect.fail(new Unauthorized(call.notSent()))\n    // A wrapper",
        "    // A wrapper"
      ],
      ["|| !retryBudget.withdraw()) return", "|| false) return"],
      [
        "Effect.flatMapEager(() => report(wire.budget, deadline, answer, ending))",
        "Effect.flatMapEager(() => Effect.void)"
      ],
      ['call.inDoubt = failure.outcome === "unknown"', 'call.inDoubt = failure.outcome !== "unknown"'],
      ["call.underWay ||= failure", "call.underWay = failure"],
      [' && failure.reason !== "contradiction"', ""],
      ["Context.getOrUndefined(context, RetryPolicy) ?? wire.policy", "wire.policy"],
      ["  if (Result.isSuccess(ending)) retryBudget.deposit(call.attempts)\n", ""],
      [
        '    yield* turn(call)\n    const answer = yield* exchange(call, "GET", context)',
        '    const answer = yield* exchange(call, "GET", context)'
      ],
      ['(): Presence => "unclear"', '(): Presence => "present"'],
      ["  if (request.externalTraceId !== undefined) return request\n", ""]
    ]
  },
  {
    file: "internal/ending.ts",
    tests: ["internal/call"],
    mutants: [
      ["traceId: ending.failure.traceId", "traceId: undefined"],
      ['verify !== "never" && ending', 'verify === "always" && ending'],
      [' && ending.failure.outcome === "unknown"\n', "\n"],
      ["{ ...ending.success, verified: true }", "ending.success"],
      [
        'if (presence === "unclear") return ending',
        'if (presence === "unclear" && Result.isFailure(ending)) return ending'
      ],
      [
        "if (Result.isSuccess(ending)) return Result.fail(contradicted())",
        "if (Result.isSuccess(ending)) return ending"
      ],
      ["return underWay ? ending :", "return"]
    ]
  },
  {
    file: "internal/hook.ts",
    tests: ["Plugin", "internal/callCost"],
    mutants: [
      ["Context.merge(context, called)", "context"],
      ['timeout = "5 seconds"', 'timeout = "6 seconds"'],
      ["if (exit !== undefined) return Effect.succeed(exit)\n", "\n"],
      ["  if (hasEnded(hook)) return Effect.succeed(hook)\n", ""],
      ["return hasEnded(hook) ? hook :", "return"],
      ["return Exit.die(defect)", "return Exit.interrupt()"],
      ["Effect.as(abandon, undefined)", "Effect.succeed(undefined)"],
      ["redact(Cause.pretty(exit.cause))", "Cause.pretty(exit.cause)"]
    ]
  },
  {
    file: "internal/hooks.ts",
    tests: ["Plugin", "internal/hooks", "internal/callCost"],
    mutants: [
      ["if (Exit.isSuccess(exit)) Object.freeze(exit.value)\n        else for", "if (Exit.isFailure(exit)) for"],
      ["if (Cause.isFailReason(reason)) fixed(reason.error)", "void reason"],
      ["        said.last = exit\n", ""],
      ["  Object.freeze(input)\n", ""],
      ["  Object.freeze(retry)\n", ""],
      ["telling.every(Exit.isExit)", "false"],
      ["told(Effect.suspend(body)", "told(body()"],
      ["        duplicate === undefined\n", "        true\n"],
      ["(other) => other.name === name) < index", "(other) => other.name === name) > index"],
      ["...core.known(), plugin", '...core.known(), outcome: "unknown", plugin'],
      ['reason.replace(/\\.$/, "")', "reason"],
      ["Duration.min(timeout, core.left())", "timeout"],
      ["if (exit === undefined) {", "if (exit === null) {"],
      ["redact(reasonOf(error)), kindOf(error))", "reasonOf(error), kindOf(error))"],
      ["redact(reasonOf(error)), kindOf(error))", "redact(reasonOf(error)))"],
      ["if (!isVeto(error)) return broken\n", "if (!isVeto(error)) return undefined\n"],
      ["took longer than ${Duration.format(time)}`, broken)", "took longer than ${Duration.format(time)}`)"],
      ['"two plugins have this name", broken)', '"two plugins have this name")'],
      ['an error that says so", broken)', 'an error that says so")'],
      ["if (confirmed !== undefined) return Effect.succeed(confirmed)\n", "\n"],
      ['blamed === "" && !(Exit', "!(Exit"],
      ["        core.close()\n        fiber", "        fiber"],
      ["Effect.updateContext(ownContext),\n", "\n"],
      ["Context.add(caller.context, Tracer.ParentSpan, span)", "wrapper"],
      ["duration: core.left(), orElse: () => Effect.as(stop", 'duration: "1 hour", orElse: () => Effect.as(stop'],
      ["(error) => fixed(redacted(error, redact))", "(error) => redacted(error, redact)"],
      ["(error) => fixed(redacted(error, redact))", "fixed"],
      ["return isNo(exit.value)\n", "return false\n"],
      ["error instanceof Vetoed && attempts > 0", "error instanceof Vetoed && attempts < 0"],
      ["error.sessionId !== call.sessionId", "error.sessionId === undefined"],
      ["timeout: Duration.min(timeout, left) }, () => run(input)", "timeout }, () => run(input)"],
      ["{ inside, timeout: Duration.min(timeout, left) }\n", "{ inside, timeout }\n"],
      ['redact(text).replaceAll(userId, "<redacted>")', "redact(text)"],
      ["      core.close()\n      running", "      running"],
      ["      running?.interruptUnsafe()\n", ""],
      ["if (Exit.isSuccess(exit) && isConfirmed(exit))", "if (Exit.isSuccess(exit))"],
      ["Exit.isFailure(exit) && confirmed === undefined && isTrue", "Exit.isFailure(exit) && isTrue"],
      ["if (error !== undefined) return isFair(error, core)\n", "\n"],
      ["(said.last !== undefined && isSame(cause, said.last))", "false"],
      ["withoutUser(core.call, redact)(Cause.pretty(exit.cause))", "Cause.pretty(exit.cause)"],
      ["isTrue(last.cause) && !isInterrupted(last)", "isTrue(last.cause)"],
      ["(isTrue(last.cause) && !isInterrupted(last))", "!isInterrupted(last)"],
      ["known.attempts === 0", "known.attempts === 1"],
      ["wrappers.reduceRight(", "wrappers.reduce("],
      ["Effect.updateContext(inside),\n", "\n"],
      ["Semaphore.makeUnsafe(1)", "Semaphore.makeUnsafe(2)"],
      [' && call.method === "ensureDeleted"', ""],
      ["(error instanceof SessionNotFound && ", "(false && "],
      [' && outcome === "not-deleted")', ")"],
      ["last !== undefined && Exit.isSuccess(last) ? last : exit", "exit"],
      ["if (error instanceof Vetoed) return", "if (error === null) return"],
      ['error.outcome === "unknown" ? "Unknown"', 'error.outcome !== "unknown" ? "Unknown"'],
      ["detail: redact(", "detail: ("],
      ['concurrency: "unbounded", discard: true', "discard: true"],
      ["stop: one.stop || other.stop", "stop: one.stop && other.stop"],
      ["Duration.max(one.wait, other.wait)", "other.wait"]
    ]
  },
  {
    file: "internal/redacted.ts",
    tests: ["Plugin"],
    mutants: [
      ['names.add("message").add("stack")', 'names.add("stack")'],
      ["if (isDone) return error\n", "return error\n"],
      ["if (value instanceof Error) return redacted(value, redact, path)\n", "\n"],
      ['return "<circular>"', "return value"],
      ["shown.every((item, index) => item === items[index]) ? value", "true ? value"],
      ["shown.every(([, item, after]) => item === after)", "true"]
    ]
  },
  {
    file: "internal/inForce.ts",
    tests: ["Plugin"],
    mutants: [
      ["if (inside !== undefined) return refusing(inside)\n", "\n"],
      [".filter((list) => !ownLists.includes(list))", ""],
      ["last === undefined || !isSame(last.lists, lists)", "last === undefined"],
      ["[...own, ...lists.flat()]", "[...lists.flat(), ...own]"]
    ]
  },
  {
    file: "internal/plugins.ts",
    tests: ["Plugin"],
    mutants: [
      ["${prefix}${layers++}", "${prefix}${layers}"],
      ["Context.getOrUndefined(context, Plugins) === undefined", "true"]
    ]
  },
  {
    file: "internal/send.ts",
    tests: ["internal/send"],
    mutants: [
      ['redirect: "manual"', 'redirect: "follow"'],
      ["redirected: wasRedirected(response)", "redirected: false"],
      ["(?:identity|gzip|br)$/i", "(?:identity|gzip|br)/i"],
      ["(?:identity|gzip|br)$/i", "(?:identity|gzip|br|deflate)$/i"],
      ['"gzip, br" }', '"gzip, br, zstd" }'],
      ["HttpClient.TracerDisabledWhen, () => true", "HttpClient.TracerDisabledWhen, () => false"],
      ["Headers.CurrentRedactedNames, [/.*/]", "Headers.CurrentRedactedNames, []"],
      ["...ownConnection()", ""],
      ["const defaultMaxBytes = 64 * 1024", "const defaultMaxBytes = 65 * 1024"],
      ['lost(failure.success.error) : noAnswer("unreadable", head)', "lost(failure.success.error) : lost(undefined)"],
      ["head === undefined ? lost(failure.success.error)", "head === null ? lost(failure.success.error)"],
      ["        head = told\n", ""],
      ["return read(reason.response)", "return Effect.fail(reason)"],
      ["          onHead({ status: reason.response.status, headers: reason.response.headers })\n", ""],
      ["if (Result.isFailure(failure)) return", "if (Result.isFailure(failure) && head !== undefined) return"],
      [
        'if (head === undefined) return noAnswer("unreadable", head)',
        "if (head === undefined) head = { status: 200, headers: {} }"
      ],
      ['("body" in request ? undefined : Transport.attached(client))', "Transport.attached(client)"],
      ["      Effect.runFork(letGo)\n", ""],
      ["      callOff()\n      return letGo", "      callOff()\n      return Effect.void"],
      ["      callOff()\n      return letGo", "      return letGo"],
      ["        callOff()\n        resume(", "        resume("],
      ["    if (ended) return\n", ""],
      ["return Fiber.interrupt(fiber)", "return Effect.sync(() => fiber.interruptUnsafe())"],
      ['value?.join(", ")', "value?.[0]"],
      ["    traceId: header", "    traceId: undefined && header"]
    ]
  },
  {
    file: "internal/textOfStream.ts",
    tests: ["internal/send"],
    mutants: [
      ["(bytes += chunk.length) > maxBytes", "(bytes += chunk.length) >= maxBytes"],
      ["whole: bytes <= maxBytes", "whole: bytes < maxBytes"],
      ["{ stream: true }", "{ stream: false }"],
      ['=== "EmptyBodyError"', '=== "TransportError"']
    ]
  },
  {
    file: "internal/alarm.ts",
    tests: ["internal/alarm"],
    mutants: [
      ["if (appointment.at < this.wakesAt) this", "this"],
      ["if (this.appointments.size === 0) this.rest()", "if (this.appointments.size > 0) this.rest()"],
      ["if (this.appointments.size === 0) this.rest()", "this.rest()"],
      ["appointment.at > due", "appointment.at >= due"],
      ["next = Math.min(next, appointment.at)", "next = appointment.at"],
      ["        this.appointments.delete(appointment)\n        appointment.ring()", "        appointment.ring()"],
      ["if (next < this.wakesAt) this.sleepUntil(next)", "void next"],
      ["    this.sleeper?.interruptUnsafe()\n", ""],
      ["if (alarm === undefined) alarms.set(clock, (alarm = new Alarm(clock)))", "alarm = new Alarm(clock)"]
    ]
  },
  {
    file: "internal/remembered.ts",
    tests: ["internal/callCost"],
    mutants: [["last.from !== from", "last.from === undefined"]]
  },
  {
    file: "internal/ownConnection.ts",
    tests: ["internal/send"],
    mutants: [["? undefined : { connection", '? { connection: "close" } : { connection']]
  },
  {
    file: "Transport.ts",
    tests: ["Transport"],
    mutants: [
      ['body._tag === "Empty" &&\n  ', ""],
      ["urlParams.params.length === 0 &&\n  ", ""],
      ["Option.isNone(hash) &&\n  ", ""],
      ['headers["upgrade"] === undefined &&\n  ', ""],
      ['headers["content-length"] === undefined &&\n  ', ""],
      [' || text.includes("#")', ""],
      ["href === text && ", ""],
      ["/^https?:$/.test(protocol) && ", ""],
      [' && username + password === ""', ""],
      ["if (redirected === true) throw", "if (redirected === undefined) throw"],
      ['              fail(new Error("There is no answer to this body."))\n', ""],
      ["HttpClient.makeWith(client.postprocess, client.preprocess)", "client"],
      ["const { connection: _, ...headers }", "const { ...headers }"],
      ["if (!whole) throw", "if (whole === undefined) throw"],
      ["const maxBytes = 16 * 1024 * 1024", "const maxBytes = 17 * 1024 * 1024"],
      ["[204, 205, 304]", "[205, 304]"],
      ["        read.reject(cause)\n", ""],
      ["cancel: () => Effect.runPromise(letGo)", "cancel: () => {}"],
      ["      return letGo\n", "      return Effect.void\n"],
      ["              fail(cause)\n", "              void cause\n"]
    ]
  },
  {
    file: "FetchTransport.ts",
    tests: ["FetchTransport"],
    mutants: [
      ["data.length <= maxBytes", "true"],
      [' && headers["content-encoding"] === undefined', ""],
      ["?? Infinity) <= maxBytes", "?? 0) <= maxBytes"],
      ["bytes > maxBytes) break", "bytes < 0) break"],
      ["whole: bytes <= maxBytes", "whole: bytes < maxBytes"],
      ["{ stream: true }", "{ stream: false }"],
      ["data: data + decoder.decode()", "data"],
      ["Effect.sync(() => controller.abort())", "Effect.void"],
      ["signal: controller.signal", "signal: null"],
      [
        "...(init?.headers && fromWeb(new Headers(init.headers))), ...headers,",
        "...headers, ...(init?.headers && fromWeb(new Headers(init.headers))),"
      ],
      ["const { redirected } = response", "const redirected = false"],
      [".catch(Exit.die)", ".catch(Exit.fail)"],
      ["    onHead(head)\n", ""],
      ['redirect: "manual"', 'redirect: "follow"'],
      [" ?? Context.get(provided, FetchHttpClient.Fetch)", " ?? globalThis.fetch"],
      ["    Context.getOrUndefined(caller, FetchHttpClient.RequestInit) ??\n", ""]
    ]
  },
  {
    file: "internal/notSent.ts",
    tests: ["internal/notSent"],
    mutants: [
      ['  "ECONNREFUSED",\n', '  "ECONNREFUSED",\n  "ECONNRESET",\n'],
      [
        "    const { cause: next, code, message, syscall } = read(cause)\n",
        "    if (depth > 0) break\n    const { cause: next, code, message, syscall } = read(cause)\n"
      ],
      ['syscall !== "connect" && ', ""],
      ['if (typeof syscall === "string"', 'if (typeof syscall === "number"'],
      ["/^[A-Z][A-Z0-9_]{1,60}$/", "/[A-Z][A-Z0-9_]{1,60}/"],
      ["codes.has(code)", "code.length > 0"],
      ["[/client error \\(Connect\\)/,", "[/client error/,"],
      ["/^bad port$/", "/port/"]
    ]
  },
  {
    file: "internal/presence.ts",
    tests: ["internal/presence"],
    mutants: [
      ["envelope?.code === 300003", "answer.httpStatus === 404"],
      ["answer.httpStatus < 300 && envelope?.code === 0", "answer.httpStatus < 300"],
      ["answer.httpStatus < 300 && ", ""],
      [" && envelope.data.id === sessionId", ""]
    ]
  },
  {
    file: "internal/retryBudget.ts",
    tests: ["internal/retryBudget"],
    mutants: [
      ["tokens < retryCost", "tokens <= retryCost"],
      ["Math.min(capacity, tokens + (attempts > 1 ? retryCost : 1))", "tokens + (attempts > 1 ? retryCost : 1)"],
      ["attempts > 1 ?", "attempts > 2 ?"]
    ]
  },
  {
    file: "internal/circuit.ts",
    tests: ["internal/call"],
    mutants: [
      ["const openFor = 5_000", "const openFor = 4_000"],
      ["now < openUntil", "now <= openUntil"],
      ["openUntil = now + openFor", "openUntil = openFor"]
    ]
  },
  {
    file: "internal/pace.ts",
    tests: ["internal/pace", "RateBudget"],
    mutants: [
      ["const share = 0.97", "const share = 1"],
      ["const shortestHold = 3_000", "const shortestHold = 2_000"],
      ["at >= since", "at > since"],
      ["at >= now - 1_000", "at >= now - 500"],
      [
        "      grants = grants.filter((at) => at >= now - 1_000)\n",
        "",
        "Only memory is saved: what is older than a second is never counted."
      ],
      ["if (now >= haltedUntil) {", "if (now >= 0) {"],
      ["Math.max(haltedUntil, now - 1_000)", "now - 1_000"],
      ["halt === 0 || grantedSince > 0", "halt === 0"],
      ["asked < current / 2 ? current / 2", "asked < current / 2 ? slowest"],
      ["Math.min(longestHold, hold * 2)", "hold"],
      ["Math.min(current, Math.max(granted, floor))", "Math.max(granted, floor)"],
      [
        "haltedUntil = Math.max(haltedUntil, Math.ceil(now + Math.min(retryAfter, longestTold)))",
        "haltedUntil = Math.ceil(now + Math.min(retryAfter, longestTold))"
      ]
    ]
  },
  {
    file: "internal/prose.ts",
    tests: ["internal/prose"],
    mutants: [
      ["[\\p{Cc}\\u061c", "[\\u061c"],
      ["\\u2028-\\u202e", "\\u2028-\\u2029"],
      ['error.outcome === "unknown"', 'error.outcome !== "unknown"'],
      ["error.attempts > 1 ?", "error.attempts > 0 ?"]
    ]
  },
  {
    file: "internal/turn.ts",
    tests: ["internal/call", "Plugin"],
    mutants: [
      ["{ duration: left, orElse:", '{ duration: "1 hour", orElse:'],
      ['ending.failure._tag === "RateLimited"', "ending.failure !== undefined"],
      ["immediate(budget)?.take(deadline.now()) === true", "false"],
      ["now + Duration.toMillis(duration) < endsAt", "now + Duration.toMillis(duration) <= endsAt"],
      [" && budget.withdraw()", ""],
      ["      if (isPaid) budget.refund()\n", ""]
    ]
  },
  {
    file: "internal/listing.ts",
    tests: ["internal/listing"],
    mutants: [
      ["end === total && pass.size === total", "end === total"],
      ["isWhole && !isNew", "isWhole"],
      ["records.length === 0 && first >= total", "records.length === 0"],
      ["first >= total", "first > total"],
      ["said ?? 0", "said ?? pageSize"],
      ["end === total && !isFull", "end === total"],
      ["if (pageNumber === 1) pageSize = records.length\n", "if (pageNumber === 0) pageSize = records.length\n"],
      ["before !== undefined && agrees(before, pass)", "before !== undefined"],
      ["before = isSound ? pass : undefined", "before = pass"],
      ["at === undefined || at <= last", "at === undefined"],
      ["at === undefined || at <= last", "at !== undefined && at <= last"],
      ["if (pass.has(id)) isSound = false", "if (pass.has(id)) isSound = true"],
      ["if (!told.has(id)) {", "if (id !== undefined) {"]
    ]
  },
  {
    file: "internal/reads.ts",
    tests: ["internal/reads"],
    mutants: [
      ["8 * 1024 * 1024", "7 * 1024 * 1024"],
      ["Option.filter(summaryOf(body), ({ id }) => id === call.sessionId)", "summaryOf(body)"],
      ['=== "absent"', '!== "present"'],
      ['ending.failure._tag === "Unauthorized") circuit', 'ending.failure._tag === "Forbidden") circuit'],
      ["  retryBudget.deposit(attempts)\n", ""],
      ["msg: clean(error.msg)", "msg: error.msg"],
      ["Duration.min(config.attemptTimeout, deadline.left())", "config.attemptTimeout"],
      ["config.sendTraceId ? traceIdOf(context) : undefined", "traceIdOf(context)"],
      ["text.isWellFormed() ||", "true ||"],
      ["shown: withoutUserId(userId)", "shown: (error) => error"]
    ]
  },
  {
    file: "internal/encode.ts",
    tests: ["Wire"],
    mutants: [
      ['"x-pd-api-key": Redacted.value(apiKey)', '"x-pd-api-key": String(apiKey)'],
      ["(externalTraceId === undefined ? undefined", "(!externalTraceId ? undefined"]
    ]
  },
  {
    file: "plugins/Metrics.ts",
    tests: ["plugins/Metrics"],
    mutants: [
      ['documented.has(error.code) ? String(error.code) : "other"', "String(error.code)"],
      ["Duration.toSeconds(attempt.queued)", "Duration.toMillis(attempt.queued)"],
      ["Duration.toSeconds(attempt.duration)", "Duration.toMillis(attempt.duration)"],
      ["Duration.toSeconds(ended.duration)", "Duration.toMillis(ended.duration)"],
      ["{ ...attributes, ...present(by) }", "present(by)"],
      ['typeof error.code !== "number"', "error.code === undefined"]
    ]
  },
  {
    file: "internal/spans.ts",
    tests: ["internal/spans", "internal/call"],
    mutants: [
      ['hostname.replace(/^\\[(.*)\\]$/, "$1")', "hostname"],
      ['protocol === "https:" ? 443 : 80', "443"],
      ["sent === 0 ? undefined", "sent > 1 ? undefined"],
      ["reason: clean(error.reason)", "reason: error.reason"],
      ["msg: clean(error.msg)", "msg: error.msg"],
      ['.replaceAll(encodeURIComponent(userId), "<redacted>")', ""]
    ]
  },
  {
    file: "internal/traced.ts",
    tests: ["Sessions", "internal/call"],
    mutants: [
      ["Context.getOrUndefined(context, Tracer.ParentSpan) !== undefined ||", "false ||"],
      ["    isTraced(context)\n      ? withSpan(", "    true\n      ? withSpan("],
      ["Effect.provideService(self, Tracer.ParentSpan, span)", "self"],
      ["Exit.mapError(exit, shown)", "exit"],
      ["    tell()\n  } catch {", "    tell()\n  } finally {"],
      ['if (type !== undefined) span.attribute("error.type", type)', "void type"],
      ["isTimed ? fiber.getRef(Clock.Clock).currentTimeNanosUnsafe() : 0n", "0n"],
      ["for (const [name, value] of Object.entries(attributes())) span.attribute(name, value)", "void attributes"]
    ]
  },
  {
    file: "RateBudget.ts",
    tests: ["RateBudget"],
    mutants: [
      [
        "if (this.refilledAt + (1 - this.tokens) * interval >= now + resolution) return false",
        "if (this.tokens < 1) return false"
      ],
      ["if (this.refilledAt + (1 - this.tokens) * interval >= now + resolution) return false\n", "\n"],
      ["this.refilledAt - this.tokens * interval", "this.refilledAt"],
      ["Math.min(1, this.tokens + earned)", "this.tokens + earned"],
      ["this.refilledAt + earned * interval", "now"],
      [
        "      waiting === 0 &&\n",
        "",
        "Only where the process has stood still can somebody else be sooner than those who wait."
      ],
      ["      slot === undefined &&\n", ""],
      ["      pace.haltedFor(now) === 0 &&\n", ""],
      ["if (wait >= resolution)", "if (wait > 0)"],
      [
        "digest.digestHex(Digest.sha256, new TextEncoder().encode(Redacted.value(apiKey)))",
        "Effect.succeed(Redacted.value(apiKey))"
      ],
      ["if (now + halt > until)", "if (halt > until)"],
      ["    yield* Effect.sleep(halt)\n", ""],
      ["Math.min(now, this.refilledAt + earned", "(this.refilledAt + earned"],
      ["onFailure: () => new BudgetExhausted({})", "onFailure: () => new BudgetExhausted({ wait: Duration.zero })"],
      ["if (slot >= until + resolution)", "if (now > until)"],
      ["if (slot >= until + resolution)", "if (slot > until)"],
      ["slot ??= yield* turns", "slot = yield* turns"],
      [
        "    yield* calm(until)\n    if (slot === undefined) return yield* reserve(until)\n    slot = undefined",
        "    yield* calm(until)"
      ],
      ["    slot = undefined\n    if (now + halt", "    if (now + halt"],
      ["    if (slot === undefined) return yield* reserve(until)\n", ""],
      ["Effect.sleep(wait)\n    yield* calm(until)\n    if", "Effect.sleep(wait)\n    if"],
      ["if (queue > Duration.toMillis(within))", "if (queue > Infinity)"],
      ["Effect.ensuring(Effect.sync(() => waiting--))", "Effect.ensuring(Effect.void)"],
      ["Semaphore.makeUnsafe(1)", "Semaphore.makeUnsafe(8)"],
      ["    else pace.granted(now)\n", ""],
      ["retryAfter === undefined ? 0 : Duration.toMillis(retryAfter)", "0"]
    ]
  },
  {
    file: "RetryPolicy.ts",
    tests: ["Sessions"],
    mutants: [
      ["Duration.seconds(120)", "Duration.seconds(121)"],
      ['("retryAfter" in error ? error.retryAfter : undefined) ??', "undefined ??"],
      ['Schedule.exponential("250 millis")', 'Schedule.spaced("250 millis")'],
      ["isRetryable(input) && Duration", "Duration"],
      [" && Duration.isLessThanOrEqualTo(told(input), longestWait)", ""],
      ["Duration.sum(told(input), Duration.times(duration, random))", "Duration.times(duration, random)"],
      [' || error._tag === "Internal"', ""],
      ["backoff(isRateLimit)", 'backoff((error) => error._tag === "OutcomeUnknown")'],
      [' && error.limitedBy === "api"', ""],
      ["Schedule.recurs(0)", "Schedule.recurs(1)"]
    ]
  },
  {
    file: "internal/settings.ts",
    tests: ["PowerdrillConfig", "plugins/Approval"],
    mutants: [
      ["/^127\\.\\d+\\.\\d+\\.\\d+$/", "/127\\.\\d+\\.\\d+\\.\\d+/"],
      ["Duration.toMillis(duration) > 0", "Duration.toMillis(duration) >= 0"]
    ]
  },
  {
    file: "PowerdrillConfig.ts",
    tests: ["PowerdrillConfig"],
    mutants: [
      ["options.allowHttp ?? false", "options.allowHttp ?? true"],
      ["/^[!-~]+$/", "/[!-~]+$/"],
      ['url.username !== "" || url', 'url.username !== "" && url'],
      ['url.href.includes("?")', 'url.search !== ""'],
      ["(?:\\/sessions)?$/i", "$/i"],
      [" && !isLoopback(url.hostname)", ""],
      ["  rate > 0\n", "  rate >= 0\n"],
      ['options.verify ?? "never"', 'options.verify ?? "doubtful"']
    ]
  },
  {
    file: "DeleteRequest.ts",
    tests: ["DeleteRequest", "Wire"],
    mutants: [
      [
        "check(notEmpty, wellFormed, noControls, notPadded, notDots)",
        "check(notEmpty, wellFormed, noControls, notPadded)"
      ],
      [
        "check(notEmpty, wellFormed, noControls, notPadded, notDots)",
        "check(wellFormed, noControls, notPadded, notDots)"
      ],
      ["/\\p{Cc}/u", "/[\\0-\\x1f]/u"],
      ["text.trim() === text", "text.trimStart() === text"],
      ["(?:\\.|%2e){1,2}$/i", "(?:\\.|%2e){1,2}$/"],
      ["check(notEmpty, wellFormed, noControls, notPadded).pipe", "check(notEmpty, wellFormed, noControls).pipe"],
      ["[ -~]*[!-~])?)?$/", "[ -~]*)?)?$/"],
      ["${encodeURIComponent(sessionId)}", "${encodeURI(sessionId)}"]
    ]
  },
  {
    file: "Sessions.ts",
    tests: ["Sessions", "RateBudget"],
    mutants: [
      ["onSome: Effect.succeed", "onSome: () => RateBudget.makeMemory(config.requestsPerSecond)"],
      ["RateBudget.makeMemory(config.requestsPerSecond), onSome", "RateBudget.makeMemory(Infinity), onSome"],
      ["policy: yield* RetryPolicy,", "policy: RetryPolicy.standard,"],
      ["InForce.make(plugins, redactor(config))", "InForce.make(plugins, (text) => text)"]
    ]
  }
]
