import { OptioError } from "@optio/contract";
import type { EngineOptions } from "@optio/engine";

/**
 * The store that OPTIO_STORE names: `postgres://…`, or nothing when it is not set; it wins over the configuration file's.
 * @throws `config-refused`, without the value, which may hold a password.
 */
export function storeOfEnvironment(env: NodeJS.ProcessEnv): Pick<EngineOptions, "store"> {
  const url = env.OPTIO_STORE;
  if (url === undefined || url === "") return {};
  if (/^postgres(ql)?:\/\//.test(url)) return { store: { postgres: url } };
  throw new OptioError(
    "config-refused",
    "OPTIO_STORE is no url of a PostgreSQL database: it should be like postgres://user:password@host:5432/database",
  );
}
