/** One record of the archive as the evaluator sees it. */
export interface Row {
  /** Columns that the record has; a short row has fewer than the header. */
  readonly columnCount: number;
  /** Text of the column at `index` (0-based); `undefined` = MISSING (short row). */
  column(index: number): string | undefined;
}
