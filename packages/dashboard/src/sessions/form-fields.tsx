import type { ReactNode } from "react";
import type { FieldError, FormField, NewSessionForm } from "./new-session-body.ts";

const INPUT =
  "mt-1 block w-full rounded border border-line-strong bg-surface px-3 py-1.5 placeholder:text-muted aria-invalid:border-bad pointer-coarse:min-h-11";

/** What every field of the form shares. */
export interface FieldProps {
  readonly form: NewSessionForm;
  readonly onChange: (change: Partial<NewSessionForm>) => void;
  readonly error: FieldError | undefined;
}

type TextField = Exclude<FormField, "networkAccess" | "source">;

interface TextProps extends FieldProps {
  readonly field: TextField;
  readonly label: string;
  readonly help?: string;
  readonly placeholder?: string;
  readonly rows?: number;
  readonly isMono?: boolean;
  readonly type?: "text" | "password";
}

/** A labelled text field; several lines with `rows`. */
export function TextInput({ form, onChange, error, field, label, help, placeholder, rows, isMono, type }: TextProps) {
  const shared = {
    ...describe(field, error, help),
    value: form[field],
    placeholder,
    spellCheck: !isMono,
    className: `${INPUT} ${isMono ? "font-mono text-code" : ""}`,
  };
  return (
    <Labelled field={field} label={label} help={help} error={error}>
      {rows ? (
        <textarea {...shared} rows={rows} onChange={(event) => onChange({ [field]: event.target.value })} />
      ) : (
        <input
          {...shared}
          type={type ?? "text"}
          autoComplete="off"
          onChange={(event) => onChange({ [field]: event.target.value })}
        />
      )}
    </Labelled>
  );
}

interface SelectProps extends FieldProps {
  readonly field: TextField;
  readonly label: string;
  readonly help?: string;
  readonly options: readonly { readonly value: string; readonly label: string }[];
}

/** A labelled choice. */
export function SelectInput({ form, onChange, error, field, label, help, options }: SelectProps) {
  return (
    <Labelled field={field} label={label} help={help} error={error}>
      <select
        {...describe(field, error, help)}
        className={INPUT}
        value={form[field]}
        onChange={(event) => onChange({ [field]: event.target.value })}
      >
        {options.map((option) => (
          <option key={option.value} value={option.value}>
            {option.label}
          </option>
        ))}
      </select>
    </Labelled>
  );
}

interface LabelledProps {
  readonly field: FormField;
  readonly label: string;
  readonly help: string | undefined;
  readonly error: FieldError | undefined;
  readonly children: ReactNode;
}

function Labelled({ field, label, help, error, children }: LabelledProps) {
  return (
    <div>
      <label htmlFor={`new-${field}`} className="text-sm font-medium">
        {label}
      </label>
      {children}
      {help && (
        <p id={`new-${field}-help`} className="mt-1 text-xs text-muted">
          {help}
        </p>
      )}
      <FieldNote field={field} error={error} />
    </div>
  );
}

/** The refusal of a field, below it. */
export function FieldNote({ field, error }: { field: FormField; error: FieldError | undefined }) {
  if (error?.field !== field) return null;
  return (
    <p id={`new-${field}-error`} role="alert" className="mt-1 text-sm break-words text-bad">
      {error.message}
    </p>
  );
}

function describe(field: FormField, error: FieldError | undefined, help: string | undefined) {
  const isWrong = error?.field === field;
  const ids = [help ? `new-${field}-help` : "", isWrong ? `new-${field}-error` : ""].filter(Boolean).join(" ");
  return {
    id: `new-${field}`,
    "aria-invalid": isWrong,
    ...(ids ? { "aria-describedby": ids } : {}),
  };
}
