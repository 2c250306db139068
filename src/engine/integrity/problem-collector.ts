/** Gathers the problems of one manifest in bounded memory. */
import type { Problem, ProblemList } from "./finding.ts";

/** An archive may have ten thousand parts, each with its own damage. */
export const PROBLEMS_MAX = 100;

export interface ProblemCollector {
  add(problem: Problem): void;
  /** `undefined` when there was none. */
  list(): ProblemList | undefined;
}

/** Joins a problem with the last one when it continues it, also from one blob into the next. */
export function createProblemCollector(): ProblemCollector {
  const problems: Problem[] = [];
  let omitted = 0;
  return {
    add(problem) {
      const last = problems.at(-1);
      if (
        omitted === 0 &&
        last?.kind === problem.kind &&
        last.range.endExclusive === problem.range.start
      ) {
        const range = { start: last.range.start, endExclusive: problem.range.endExclusive };
        problems.splice(-1, 1, { ...last, range });
      } else if (problems.length < PROBLEMS_MAX) {
        problems.push(problem);
      } else {
        omitted += 1;
      }
    },
    list: () => (problems.length === 0 ? undefined : { problems, omitted }),
  };
}
