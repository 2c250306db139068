/** What a command sees of the terminal. */

/** Where a command writes. */
export interface Terminal {
  stdout(text: string): void;
  stderr(text: string): void;
}
