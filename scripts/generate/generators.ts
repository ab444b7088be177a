import { codexProtocol } from "./codex-protocol.ts";
import { errorsPage } from "./errors-page.ts";
import { eventsPage } from "./events-page.ts";
import type { Generator } from "./generator.ts";
import { httpPage } from "./http-page.ts";

/** Everything in the repository that is generated and checked in. */
export const GENERATORS: readonly Generator[] = [codexProtocol, errorsPage, eventsPage, httpPage];
