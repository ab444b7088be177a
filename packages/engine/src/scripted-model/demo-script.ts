import type { ScriptedTurn, Step } from "./script.ts";

/**
 * The script of `optio up --demo`: the first turn runs a command, adds a file and explains itself; the second one asks for a decision;
 * after that each message is answered by a keyword in it (`run`, `patch`, `approve`, `slow`, `fail`, `think`) or in kind.
 */
export function demoScript(turn: ScriptedTurn): Step[] {
  const { turnIndex, lastUserText, userTexts } = turn;
  // The session's own notices, such as the one after a resume, are no wishes.
  if (lastUserText.startsWith("System:")) return [{ say: "I am back and go on.", ...STREAM }];
  const isFirst = lastUserText === userTexts[0];
  if (isFirst && turnIndex === 0) return welcome(turn);
  if (isFirst && turnIndex === 1) return approve(turn);
  const keyword = /\b(run|patch|approve|slow|fail|think)\b/i.exec(lastUserText)?.[1];
  return (KEYWORDS[keyword?.toLowerCase() ?? ""] ?? echo)(turn);
}

const STREAM = { chunkChars: 12, delayMs: 15 };
const HELLO_FILE = "hello-optio.md";

function welcome({ outputs }: ScriptedTurn): Step[] {
  return [
    { reason: "**Looking around**\n\nA look at the workspace first, then one small file." },
    { say: "I look around in the workspace, then I add a small file.", phase: "commentary", ...STREAM },
    { run: "pwd && ls -la && date" },
    { patch: { path: HELLO_FILE, add: HELLO_TEXT } },
    { say: outputs[1]?.declined ? WELCOME_WITHOUT_FILE : WELCOME_TEXT, phase: "final_answer", ...STREAM },
  ];
}

const HELLO_TEXT = `# Hello from a scripted session

The real codex wrote this file; a scripted model told it to.
`;

const KEYWORD_TABLE = `| Say | and I |
|---|---|
| \`run\` | run a command in the sandbox |
| \`patch\` | write a note, then improve it |
| \`approve\` | ask you before I leave the sandbox |
| \`slow\` | write slowly, so that you can steer or interrupt me |
| \`think\` | think aloud first |
| \`fail\` | fail, as a busy provider would |
`;

const INTRODUCTION = `You are talking to a **scripted model**: no account, no network, no intelligence. Everything else is real:
the codex process, its sandbox, the command above, the approvals.
`;

const WELCOME_TEXT = `## Welcome

${INTRODUCTION}
I added \`${HELLO_FILE}\`. Things to try:

${KEYWORD_TABLE}`;

const WELCOME_WITHOUT_FILE = `## Welcome

${INTRODUCTION}
You did not want the file, so there is none. Things to try:

${KEYWORD_TABLE}`;

function approve({ outputs }: ScriptedTurn): Step[] {
  const [decided] = outputs;
  return [
    { say: "For the next command I need your permission.", phase: "commentary", ...STREAM },
    {
      run: "uname -sr && uptime",
      escalate: "May I look at this machine's name and load, outside the sandbox?",
    },
    {
      say: decided?.declined
        ? "You **declined**, so the command did not run. Say `approve` to be asked again."
        : "You **accepted**: the command ran outside the sandbox, and its output is above.",
      phase: "final_answer",
      ...STREAM,
    },
  ];
}

function run({ turnIndex }: ScriptedTurn): Step[] {
  return [
    { parallel: [{ run: "for n in 1 2 3; do echo step $n; sleep 0.4; done" }, { run: "ls -la" }] },
    { say: `Two commands at once, in turn ${turnIndex + 1} of this thread.`, ...STREAM },
  ];
}

function patch({ turnId }: ScriptedTurn): Step[] {
  const path = `note-${turnId.slice(-6) || "demo"}.md`;
  return [
    { patch: { path, add: "# A note\n\nfirst draft\n" } },
    { patch: { path, from: "first draft", to: "second draft, a little better" } },
    { say: `I wrote \`${path}\` and changed my mind once; both diffs are above.`, ...STREAM },
  ];
}

function slow(): Step[] {
  return [{ say: SLOW_TEXT, chunkChars: 6, delayMs: 120, phase: "final_answer" }];
}

const SLOW_TEXT = Array.from(
  { length: 12 },
  (_, index) => `${index + 1}. This line takes its time: steer me, interrupt me, or close the browser and come back.`,
).join("\n");

function fail(): Step[] {
  return [
    {
      fault: {
        status: 429,
        code: "rate_limit_exceeded",
        message: "The scripted model pretends to be over its limit. Send another message.",
      },
    },
  ];
}

function think({ lastUserText }: ScriptedTurn): Step[] {
  return [
    { reason: `**Reading**\n\nThe message has ${lastUserText.length} characters.` },
    { waitMs: 600 },
    { reason: "**Deciding**\n\nA script has little to decide. It says so." },
    { waitMs: 600 },
    { say: "I thought about it, as far as a script can.", phase: "final_answer", ...STREAM },
  ];
}

function echo({ lastUserText }: ScriptedTurn): Step[] {
  const quoted = lastUserText
    .slice(0, 400)
    .split("\n")
    .map((line) => `> ${line}`)
    .join("\n");
  return [
    {
      say: `You wrote:\n\n${quoted}\n\nA scripted model cannot answer that. A real one could begin with:\n\n\`\`\`ts\nconst words = message.split(/\\s+/).length; // ${lastUserText.split(/\s+/).filter(Boolean).length}\n\`\`\`\n\nI do know these words:\n\n${KEYWORD_TABLE}`,
      phase: "final_answer",
      ...STREAM,
    },
  ];
}

const KEYWORDS: Record<string, (turn: ScriptedTurn) => Step[]> = {
  run,
  patch,
  approve,
  slow,
  fail,
  think,
};
