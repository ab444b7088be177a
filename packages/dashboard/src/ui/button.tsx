import type { ButtonHTMLAttributes } from "react";

const LOOKS = {
  primary: "bg-action text-on-action hover:brightness-110",
  attention: "bg-attention text-on-attention hover:brightness-110",
  plain: "border border-line-strong/50 bg-surface text-text hover:bg-hover",
  quiet: "text-muted hover:bg-hover hover:text-text",
  danger: "border border-bad/50 bg-surface text-bad hover:bg-bad-soft",
} as const;

interface ButtonProps extends ButtonHTMLAttributes<HTMLButtonElement> {
  readonly look?: keyof typeof LOOKS;
  /** A key that does the same, shown after the label. */
  readonly hotkey?: string;
}

/** A button of the house; 32 px high, 44 px under a thumb. */
export function Button({ look = "plain", hotkey, className = "", children, ...rest }: ButtonProps) {
  return (
    <button
      type="button"
      className={`inline-flex min-h-8 items-center justify-center gap-2 rounded px-3 text-sm font-medium disabled:opacity-55 pointer-coarse:min-h-11 ${LOOKS[look]} ${className}`}
      {...rest}
    >
      {children}
      {hotkey && (
        <span aria-hidden="true" className="text-xs opacity-75 pointer-coarse:hidden">
          {hotkey}
        </span>
      )}
    </button>
  );
}

interface IconButtonProps extends ButtonHTMLAttributes<HTMLButtonElement> {
  /** What it does; read out and shown on hover. */
  readonly label: string;
}

/** A button with an icon only. */
export function IconButton({ label, className = "", children, ...rest }: IconButtonProps) {
  return (
    <button
      type="button"
      aria-label={label}
      title={label}
      className={`inline-flex size-8 shrink-0 items-center justify-center rounded text-muted hover:bg-hover hover:text-text disabled:opacity-55 pointer-coarse:size-11 ${className}`}
      {...rest}
    >
      {children}
    </button>
  );
}
