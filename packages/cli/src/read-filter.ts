import type { Filter } from "@optio/contract";
import { checkFilter, FILTER_FIELDS, OptioError, parseFilter, toOptioError } from "@optio/contract";
import type { Command } from "commander";
import { Option } from "commander";

const HELP =
  'only these: field=value, field!=value, or a filter as JSON (repeatable; all must hold), as "metadata.team=a"';

/** Adds `--filter`, which may be given several times. */
export function addFilterOption(command: Command, help: string = HELP): Command {
  const append = (value: string, before: string[] | undefined) => [...(before ?? []), value];
  return command.addOption(new Option("--filter <filter>", help).argParser(append));
}

/** The filter that holds when all of the given ones do; undefined when none is given. @throws `usage` naming what is wrong. */
export function readFilters(texts: readonly string[] | undefined): Filter | undefined {
  const filters = (texts ?? []).map(readOne);
  const [only] = filters;
  return filters.length > 1 ? { and: filters } : only;
}

function readOne(text: string): Filter {
  try {
    return text.trimStart().startsWith("{") ? parseFilter(text) : checkFilter(readPair(text));
  } catch (error) {
    const { message } = toOptioError(error, "invalid-filter");
    throw new OptioError("usage", `--filter ${text.slice(0, 200)}: ${message.replace(/^filter: /, "")}`, {
      cause: error,
    });
  }
}

/** `field=value`: a value that looks like a number or a flag is also compared as one, where the field is a tag. */
function readPair(text: string): Filter {
  const [, field = "", operator, value = ""] = /^([^=!]+)(!?=)(.*)$/s.exec(text) ?? [];
  if (operator === undefined) throw new OptioError("usage", "expected field=value, field!=value or JSON");
  const values = valuesOf(field, value);
  const [first = value] = values;
  if (operator === "!=") return values.length === 1 ? { [field]: { ne: first } } : { not: { [field]: { in: values } } };
  return values.length === 1 ? { [field]: first } : { [field]: { in: values } };
}

function valuesOf(field: string, value: string): (string | number | boolean)[] {
  const typed = /^-?\d+(\.\d+)?$/.test(value) ? Number(value) : readFlag(value);
  if (typed === undefined) return [value];
  const kind = Object.hasOwn(FILTER_FIELDS, field) ? FILTER_FIELDS[field as keyof typeof FILTER_FIELDS] : "tag";
  if (kind === "tag") return [typed, value];
  return kind === "number" || kind === "flag" ? [typed] : [value];
}

function readFlag(value: string): boolean | undefined {
  return value === "true" ? true : value === "false" ? false : undefined;
}
