/** Where vendor names may stand, as decision D13 says. */
const ALLOWED = [
  /^packages\/engine\/src\/agents\//,
  /^packages\/contract\/src\/agents\//,
  /^packages\/engine\/src\/scripted-model\//,
  /^packages\/cli\/src\//,
];
const PRODUCT_NAME = /optio-codex/gi;
const VENDOR_NAME = /codex|openai/i;

/** Lines of code, strings or comments that name a vendor where decision D13 does not let them. */
export function vendorNameViolations(files: readonly { readonly path: string; readonly text: string }[]): string[] {
  return files
    .filter(({ path }) => !ALLOWED.some((allowed) => allowed.test(path)))
    .flatMap(({ path, text }) => [
      ...(VENDOR_NAME.test(path) ? [`${path} has a vendor's name`] : []),
      ...text
        .split("\n")
        .flatMap((line, index) =>
          VENDOR_NAME.test(line.replace(PRODUCT_NAME, ""))
            ? [`${path}:${index + 1} names a vendor: ${line.trim()}`]
            : [],
        ),
    ]);
}
