import { createApiClient } from "@optio/contract";

/** The typed client of the page's own server; the login cookie goes with every call. */
export const api = createApiClient({ baseUrl: "" });
