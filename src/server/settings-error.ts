/** What is thrown for settings that can't be taken. */

/** Everything that is wrong with the settings given, at once. */
export class SettingsError extends Error {
  override readonly name = "SettingsError";
  /** One sentence each: setting, source, rule, value (secrets masked). */
  readonly mistakes: readonly string[];

  constructor(mistakes: readonly string[]) {
    super(`the settings have mistakes:\n${mistakes.map((mistake) => `  ${mistake}`).join("\n")}`);
    this.mistakes = mistakes;
  }
}
