import { createServer } from "node:net";
import { OptioError } from "@optio/contract";

/** Makes sure that the port can be taken, before anything is started that would have to be stopped again. @throws `port-in-use`, `host-failed`. */
export async function checkPort(host: string, port: number): Promise<void> {
  const server = createServer();
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  server.once("error", reject);
  server.listen({ host, port, exclusive: true }, () => server.close(() => resolve()));
  await promise.catch((error: NodeJS.ErrnoException) => {
    throw portError(host, port, error);
  });
}

/** The error of a server that could not listen, with what to do about it. */
export function portError(host: string, port: number, cause: unknown): OptioError {
  const code = cause instanceof Error && "code" in cause ? cause.code : undefined;
  if (code === "EADDRINUSE") {
    return new OptioError("port-in-use", `port ${port} on ${host} is in use`, {
      cause,
      data: {
        next: `Is optio running already (optio doctor)? Else choose another port: optio up --port ${port + 1}, or OPTIO_PORT.`,
      },
    });
  }
  const why = cause instanceof Error ? cause.message : String(cause);
  return new OptioError("host-failed", `cannot listen on ${host}:${port}: ${why}`, {
    cause,
    data: { next: "Choose another address or port with --host and --port." },
  });
}
