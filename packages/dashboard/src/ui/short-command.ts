/** The command without the shell around it: `/bin/bash -lc 'npm test'` is `npm test`. */
export function shortCommand(command: string): string {
  const match = /^(?:\/\S*\/)?(?:ba|z|da)?sh -l?c (['"]?)([\s\S]*)\1$/.exec(command.trim());
  const inner = match?.[2];
  return inner === undefined || inner === "" ? command : inner.replaceAll(`'\\''`, "'").replaceAll(`'"'"'`, "'");
}
