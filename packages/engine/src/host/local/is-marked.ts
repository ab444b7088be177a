/** Where a path may begin inside a value: HOME=/x, A:/x, file:///x. */
const BEFORE_PATH = /[=:;,\s"'@]$|:\/\/$/;
const AFTER_PATH = /^($|[/:;,\s"'])/;
/** Where a person's shell happens to stand says nothing about what a process belongs to. */
const WHERE_IT_STANDS = /^(OLD)?PWD=/;

/** True when a variable's value names the directory or something below it; `variables` are NAME=value. */
export function isMarked(variables: readonly string[], directory: string): boolean {
  return variables.some((variable) => !WHERE_IT_STANDS.test(variable) && names(variable, directory));
}

function names(text: string, directory: string): boolean {
  for (let at = text.indexOf(directory); at !== -1; at = text.indexOf(directory, at + 1)) {
    if (BEFORE_PATH.test(text.slice(0, at)) && AFTER_PATH.test(text.slice(at + directory.length))) return true;
  }
  return false;
}
