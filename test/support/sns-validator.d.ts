/** What tests use of sns-validator, which brings no types of its own. */
declare module "sns-validator" {
  // biome-ignore lint/style/noDefaultExport: that is how the package exports it.
  export default class MessageValidator {
    constructor(hostPattern?: RegExp, encoding?: string);
    validate(
      message: string | object,
      callback: (error: Error | null, message?: Record<string, unknown>) => void,
    ): void;
  }
}
