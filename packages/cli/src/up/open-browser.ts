import { spawn } from "node:child_process";
import process from "node:process";
import type { CliContext } from "../context.ts";

/** Opens an address in the user's browser when there is somebody to see it: on a terminal with a desktop, unless OPTIO_NO_OPEN is set. */
export function openBrowser(context: CliContext, url: string): void {
  const { env } = context;
  const hasDesktop = process.platform === "darwin" || Boolean(env.DISPLAY || env.WAYLAND_DISPLAY);
  if (env.OPTIO_NO_OPEN || env.SSH_CONNECTION || !hasDesktop || context.stdout.isTTY !== true) return;
  const command = process.platform === "darwin" ? "open" : "xdg-open";
  const child = spawn(command, [url], { detached: true, stdio: "ignore" });
  // no browser is no failure: the address is on the terminal
  child.on("error", () => undefined);
  child.unref();
}
