/** What was opened so far, so that it is closed in reverse order: at the end, or when a later part fails. */
import type { DrainStep } from "./shutdown.ts";

export interface Openings {
  /** Waits for a part and remembers how to close it. */
  open<T>(name: string, part: Promise<T>, close: (part: T) => Promise<void>): Promise<T>;
  /** Closings, last opened first. */
  listSteps(): readonly DrainStep[];
}

/** Nothing opened yet. */
export function createOpenings(): Openings {
  const steps: DrainStep[] = [];
  return {
    open: async (name, part, close) => {
      const value = await part;
      steps.unshift({ name, run: () => close(value) });
      return value;
    },
    listSteps: () => steps,
  };
}
