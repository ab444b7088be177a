/** First message of a session without a prompt whose `autoStart` is on. */
export const KICKOFF = "System: begin with the task in your instructions.";

/** What the agent is told when a person or program launches an ended session again with resume. */
export const RESUME_NOTICE =
  "System: this session ended and was resumed. The workspace is as you left it; programs that ran are gone, and anything outside the workspace may have changed. Wait for the next message.";
