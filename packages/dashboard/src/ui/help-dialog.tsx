import { ModalDialog } from "./confirm-dialog.tsx";

const KEYS: readonly (readonly [where: string, keys: readonly (readonly [key: string, does: string])[]])[] = [
  ["Everywhere", [["?", "This help"]]],
  [
    "Sessions and tasks",
    [
      ["j / k", "Next, previous row"],
      ["Enter", "Open the row"],
      ["n", "New session"],
      ["/", "Search"],
    ],
  ],
  [
    "Go to",
    [
      ["g h", "Sessions and tasks"],
      ["g s", "Schedules"],
      ["g b", "Blocks and groups"],
    ],
  ],
  [
    "Process tree",
    [
      ["↑ / ↓", "Previous, next line"],
      ["→ / ←", "Open, close; to the parent"],
      ["Enter", "Open the process"],
    ],
  ],
  [
    "Log",
    [
      ["f", "Follow the end, or stop"],
      ["/", "Search in the log"],
    ],
  ],
  [
    "Decision",
    [
      ["Y", "Accept"],
      ["S", "Accept for this session"],
      ["P", "Accept this prefix"],
      ["N", "Decline"],
      ["Esc or C", "Decline and stop the turn"],
    ],
  ],
  [
    "Composer",
    [
      ["Enter", "Send; queue while a turn runs"],
      ["Ctrl+Enter", "Steer the running turn now"],
      ["Shift+Enter", "New line"],
      ["Esc", "Interrupt the running turn"],
    ],
  ],
];

/** Every key of the dashboard. */
export function HelpDialog({ onClose }: { onClose: () => void }) {
  return (
    <ModalDialog title="Keys" onClose={onClose}>
      {KEYS.map(([where, keys]) => (
        <section key={where} className="mt-3">
          <h3 className="text-sm font-semibold text-muted">{where}</h3>
          <dl className="mt-1 grid grid-cols-[7rem_1fr] gap-y-1 text-sm">
            {keys.map(([key, does]) => (
              <div key={key} className="contents">
                <dt>
                  <kbd className="rounded border border-line bg-sunken px-1.5 text-xs">{key}</kbd>
                </dt>
                <dd>{does}</dd>
              </div>
            ))}
          </dl>
        </section>
      ))}
    </ModalDialog>
  );
}
