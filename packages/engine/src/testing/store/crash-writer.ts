import { writeSync } from "node:fs";
import { openStore } from "../../store/open-store.ts";
import { claimed, logged } from "./fixtures.ts";

/** This file: run with a store location as JSON it writes until it is killed, printing the head seq after each transaction. */
export const crashWriterPath = import.meta.filename;

if (process.argv[1] === crashWriterPath) await writeForever(process.argv[2] ?? "");

async function writeForever(location: string): Promise<never> {
  const store = await openStore(JSON.parse(location));
  const key = await claimed(store, "crash");
  for (let n = 1; ; n++) {
    const last = await store.asOwner(key, async (tx) => {
      const { seq } = await tx.append(logged("started"));
      await tx.openItem({ threadId: "t", turnId: "u", itemId: `i${n}`, kind: "plan", startedSeq: seq });
      return tx.append(logged("more"));
    });
    writeSync(1, `${last.seq}\n`);
  }
}
