/** The part of config.toml that makes codex use a scripted model, as an object. */
export type ScriptedCodexConfig = {
  model: string;
  model_provider: string;
  model_providers: Record<
    string,
    {
      name: string;
      base_url: string;
      wire_api: "responses";
      model_catalog_url: string;
      experimental_bearer_token: string;
    }
  >;
};

/** The model that `codexProvider` names. */
export const SCRIPTED_MODEL_NAME = "scripted-1";

/** The same scripts through code mode. */
export const SCRIPTED_CODE_MODEL_NAME = "scripted-code-1";

/**
 * The provider entry for a server at `url`. It needs no login and no environment variable; codex fetches the model's description
 * from the server only when it has a token to show, hence the placeholder, which nobody checks.
 */
export function codexProvider(url: string): ScriptedCodexConfig {
  return {
    model: SCRIPTED_MODEL_NAME,
    model_provider: "scripted",
    model_providers: {
      scripted: {
        name: "Scripted model",
        base_url: url,
        wire_api: "responses",
        model_catalog_url: `${url}/models`,
        experimental_bearer_token: "no-login",
      },
    },
  };
}

const description = {
  slug: SCRIPTED_MODEL_NAME,
  display_name: "Scripted model",
  description: "Answers from a script on this machine: no account, no network.",
  base_instructions: "You are a scripted model.",
  default_reasoning_level: "medium",
  supported_reasoning_levels: [
    { effort: "low", description: "The same script" },
    { effort: "medium", description: "The same script" },
    { effort: "high", description: "The same script" },
  ],
  supports_reasoning_summaries: true,
  shell_type: "shell_command",
  apply_patch_tool_type: "freeform",
  supports_parallel_tool_calls: true,
  experimental_supported_tools: [],
  support_verbosity: false,
  truncation_policy: { mode: "tokens", limit: 10_000 },
  context_window: 272_000,
  visibility: "list",
  supported_in_api: true,
  priority: 0,
};

/**
 * The answer to `GET /models`, in codex's catalogue format. Without it codex warns in every thread that it does not know the model, and
 * offers no `apply_patch` tool.
 *
 * The default model has the classic tools: each call is one item and keeps the id the script gave it. The second, hidden one has
 * codex's code mode, as its current real models do.
 */
export const modelCatalogue = {
  models: [
    description,
    {
      ...description,
      slug: SCRIPTED_CODE_MODEL_NAME,
      display_name: "Scripted model in code mode",
      visibility: "hide",
      tool_mode: "code_mode_only",
      use_responses_lite: true,
    },
  ],
};
