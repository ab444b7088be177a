// zod compiles its schemas with `new Function` unless told not to; the server's Content-Security-Policy forbids that, and
// each try is reported as a violation. The setting is read when a schema is made, so this module is imported before all others.
Object.assign(globalThis, { __zod_globalConfig: { jitless: true } });
