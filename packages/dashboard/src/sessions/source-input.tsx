import type { FieldProps } from "./form-fields.tsx";
import { TextInput } from "./form-fields.tsx";

const SOURCES = [
  { value: "none", label: "An empty workspace, made for this session" },
  { value: "directory", label: "A directory of yours on the server's machine" },
] as const;

/** Where the agent works. */
export function SourceInput(fields: FieldProps) {
  const { form, onChange } = fields;
  return (
    <fieldset>
      <legend className="text-sm font-medium">Workspace</legend>
      <div className="mt-1 flex flex-col gap-1">
        {SOURCES.map(({ value, label }) => (
          <label key={value} className="flex items-center gap-2 text-sm pointer-coarse:min-h-11">
            <input
              type="radio"
              name="source"
              className="size-4 accent-action"
              checked={form.source === value}
              onChange={() => onChange({ source: value })}
            />
            {label}
          </label>
        ))}
      </div>
      {form.source === "directory" && (
        <div className="mt-2">
          <TextInput
            {...fields}
            field="directory"
            label="Directory"
            placeholder="/home/you/project"
            isMono
            help="The agent changes files there. It is never wiped or removed."
          />
        </div>
      )}
    </fieldset>
  );
}
