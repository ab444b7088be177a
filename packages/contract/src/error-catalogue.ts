/** One row of the error catalogue. */
export interface ErrorEntry {
  readonly code: string;
  /** HTTP status when the error reaches a client. */
  readonly status: number;
  /** One sentence for the reference page: when it happens. */
  readonly when: string;
  /** What a person or program does next. */
  readonly next: string;
  /** True when the same call may succeed later without a change. */
  readonly retryable?: boolean;
}

/** Every error code of the product, grouped by who meets it; the order is the order of the reference page. */
export const ERRORS = [
  // The door: order of refusal (design §7).
  {
    code: "host-not-allowed",
    status: 421,
    when: "The Host header names no address this server answers for.",
    next: "Open the address printed at start, or allow the name with --allow-host.",
  },
  {
    code: "origin-not-allowed",
    status: 403,
    when: "The request comes from a page of another origin.",
    next: "Call from the dashboard's own origin, or without an Origin header.",
  },
  {
    code: "unauthorized",
    status: 401,
    when: "No valid token or login cookie came with the request.",
    next: "Log in, or send Authorization: Bearer <token>.",
  },
  {
    code: "forbidden",
    status: 403,
    when: "The token's role may not do this.",
    next: "Use a token with the role that the message names.",
  },
  {
    code: "bad-request",
    status: 400,
    when: "The body is not readable (malformed JSON, wrong content type, bad encoding), or the query has an unknown key or a filter that is no JSON.",
    next: "Send JSON with content-type application/json; leave out the key that the message names.",
  },
  {
    code: "too-large",
    status: 413,
    when: "The body is larger than the limit that the message names.",
    next: "Send less, or raise the limit.",
  },
  {
    code: "invalid",
    status: 422,
    when: "A value in the body, path or query is not one of the accepted ones.",
    next: "Correct the value that the message names.",
  },
  {
    code: "not-found",
    status: 404,
    when: "No such route, process, session, decision, message or token.",
    next: "Check the id; list what exists.",
  },
  {
    code: "not-available",
    status: 422,
    when: "A key (422) or route (501) of the contract whose part has not landed in this version.",
    next: "Leave it out, or update.",
  },
  {
    code: "rate-limited",
    status: 429,
    when: "Too many failed logins from this address.",
    next: "Wait for the seconds in Retry-After.",
    retryable: true,
  },
  {
    code: "idempotency-key-reused",
    status: 409,
    when: "The Idempotency-Key was used before with another request.",
    next: "Use a new key for a new request.",
  },
  {
    code: "idempotency-key-running",
    status: 409,
    when: "A request with this Idempotency-Key has begun and not finished.",
    next: "Send it again in a moment; if it stays so, look whether the first took effect and use a new key.",
    retryable: true,
  },
  // Processes.
  {
    code: "id-taken",
    status: 409,
    when: "A process with this id exists.",
    next: "Choose another id, or launch the existing one.",
  },
  {
    code: "not-launchable",
    status: 409,
    when: "The process is scheduled, running or being cancelled.",
    next: "Wait for its end, or cancel it first.",
  },
  {
    code: "no-resume-support",
    status: 409,
    when: "Resume was asked of a process that does not support it.",
    next: "Launch it without resume.",
  },
  { code: "launch-blocked", status: 409, when: "A launch block matches the process.", next: "Lift the block." },
  {
    code: "invalid-filter",
    status: 422,
    when: "A filter is empty where it must not be, names an unknown field, or is not of the filter language.",
    next: "Correct the key that the message names.",
  },
  {
    code: "invalid-persist-without-block",
    status: 422,
    when: "A group call asks for a persistent block without asking for a block.",
    next: "Ask for the block too, or leave persist out.",
  },
  {
    code: "shutting-down",
    status: 409,
    when: "The engine is stopping and takes no launches.",
    next: "Try again after the restart.",
    retryable: true,
  },
  {
    code: "not-cancellable",
    status: 409,
    when: "The process is not running, or is being cancelled already.",
    next: "Nothing to do.",
  },
  { code: "not-dismissable", status: 409, when: "The process has not ended.", next: "Cancel it first." },
  {
    code: "stale-owner",
    status: 409,
    when: "A write came from an owner that lost the run to another one.",
    next: "Nothing: the new owner carries on.",
  },
  {
    code: "not-owner",
    status: 409,
    when: "The session is run by another server.",
    next: "Ask that server, or wait until this one takes over.",
    retryable: true,
  },
  {
    code: "cancelled",
    status: 409,
    when: "The operation was cancelled by its caller or by a cancel of its process.",
    next: "Launch again.",
  },
  {
    code: "grace-exceeded",
    status: 409,
    when: "A cancelled run did not stop within its grace time and was ended by force.",
    next: "Launch again; mend the task so that it heeds its signal.",
  },
  {
    code: "interrupted-by-restart",
    status: 409,
    when: "A plain task was running when its server stopped.",
    next: "Launch again.",
  },
  {
    code: "child-failed",
    status: 500,
    when: "A child process failed and its parent does not survive that.",
    next: "Read the child's error and log; launch the parent again.",
  },
  {
    code: "group-failed",
    status: 500,
    when: "Children of a parallel group failed or were cancelled.",
    next: "Read the errors of the children that the message names.",
  },
  {
    code: "result-not-published",
    status: 409,
    when: "A run ended without the result that somebody waited for.",
    next: "Read how the run ended.",
  },
  { code: "task-failed", status: 500, when: "The task's own function threw.", next: "Read the message; launch again." },
  // Sessions.
  {
    code: "session-not-live",
    status: 409,
    when: "The session is not connected right now: starting, recovering or ended.",
    next: "Wait until it is live, or launch it.",
    retryable: true,
  },
  { code: "session-ended", status: 409, when: "The session has ended.", next: "Launch or resume it." },
  {
    code: "no-active-turn",
    status: 409,
    when: "Steer or interrupt was asked while no turn is running.",
    next: "Send the message without mode steer.",
  },
  {
    code: "already-sent",
    status: 409,
    when: "The queued message went to the agent already.",
    next: "Send a new message.",
  },
  {
    code: "queue-full",
    status: 409,
    when: "The queue holds as many messages as it may.",
    next: "Wait until one is sent, or delete one.",
    retryable: true,
  },
  {
    code: "decision-already-resolved",
    status: 409,
    when: "The decision was answered or withdrawn before.",
    next: "Nothing to do; read its resolution.",
  },
  {
    code: "login-not-possible",
    status: 409,
    when: "The session is not waiting for a login of this kind.",
    next: "Read login.kinds of the session.",
  },
  {
    code: "login-failed",
    status: 422,
    when: "The agent refused the login.",
    next: "Check the key or start the login again.",
  },
  {
    code: "directory-refused",
    status: 422,
    when: "A directory may not be used: missing, not a directory, not readable, or inside a place of ours.",
    next: "Name a directory of yours that exists.",
  },
  {
    code: "contradiction",
    status: 422,
    when: "Two configuration keys exclude each other.",
    next: "Drop or change one of the two keys that the message names.",
  },
  // The agent's program and protocol.
  {
    code: "agent-binary-missing",
    status: 422,
    when: "The agent's program was not found at its path.",
    next: "Install it or correct the path.",
  },
  {
    code: "agent-version-refused",
    status: 422,
    when: "The agent's program is not of a version that works.",
    next: "Install the version that the message names.",
  },
  {
    code: "agent-config-refused",
    status: 422,
    when: "The agent's program refused its configuration.",
    next: "Correct the key that the message names.",
  },
  {
    code: "agent-start-failed",
    status: 502,
    when: "The agent's program ended or stayed silent before it was ready.",
    next: "Read its last lines in the message.",
  },
  {
    code: "agent-exited",
    status: 502,
    when: "The agent's program ended while the session ran.",
    next: "The session recovers by itself unless told to fail; else launch with resume.",
  },
  {
    code: "agent-unresponsive",
    status: 504,
    when: "The agent's program does not answer.",
    next: "The session restarts it; else launch with resume.",
    retryable: true,
  },
  {
    code: "agent-refused",
    status: 502,
    when: "The agent's program answered a request with an error.",
    next: "Read its words in the message.",
  },
  {
    code: "agent-closed",
    status: 502,
    when: "The connection to the agent closed during a request.",
    next: "The session reconnects; try again.",
    retryable: true,
  },
  {
    code: "agent-protocol",
    status: 502,
    when: "The agent sent what is no message of its protocol.",
    next: "Report it with the session's log.",
  },
  {
    code: "recover-budget-spent",
    status: 502,
    when: "The agent's program died too often in a short time.",
    next: "Read the causes in the log; launch with resume.",
  },
  {
    code: "containment-unavailable",
    status: 422,
    when: "The containment that was asked for does not work on this machine.",
    next: "Install what the message names, or choose another containment.",
  },
  // The house.
  {
    code: "teardown-incomplete",
    status: 500,
    when: "A step at the end of a session failed; what it was to save was kept.",
    next: "Look at the directory that the message names.",
  },
  {
    code: "socket-refused",
    status: 502,
    when: "The agent's socket is missing, is not a socket, or lies in a directory that is not ours alone.",
    next: "Look at the path that the message names.",
  },
  {
    code: "host-failed",
    status: 500,
    when: "The machine refused a file or process operation.",
    next: "Read the cause: permissions, space, path.",
  },
  {
    code: "store-failed",
    status: 500,
    when: "The store could not be opened, migrated or written.",
    next: "Read the cause: space, permissions, version.",
  },
  {
    code: "secret-key-refused",
    status: 500,
    when: "The secret key file is missing its bytes or is readable by others.",
    next: "Correct its mode (0600) or restore it from a backup.",
  },
  {
    code: "port-in-use",
    status: 500,
    when: "Another program listens on the port that the server was to take.",
    next: "Stop the other program, or choose another port with --port or OPTIO_PORT.",
  },
  {
    code: "server-unreachable",
    status: 503,
    when: "No server answers at the address (command line only).",
    next: "Start it with: optio up. If it runs elsewhere, name it with --url or OPTIO_URL.",
    retryable: true,
  },
  { code: "timeout", status: 504, when: "Something did not finish in its time.", next: "Try again.", retryable: true },
  {
    code: "config-refused",
    status: 422,
    when: "optio.config.ts cannot be loaded, or a key of it is wrong.",
    next: "Correct the file and key that the message names.",
  },
  { code: "usage", status: 400, when: "A command line or a call of a function is wrong.", next: "Read the help." },
  { code: "internal", status: 500, when: "A fault of ours.", next: "Report it with the lines of the server's log." },
] as const satisfies readonly ErrorEntry[];
