/** How a call of the operations API fails. */

/** The service said no; `code` and message are its own. */
export class AdminRefusal extends Error {
  override readonly name = "AdminRefusal";
  readonly status: number;
  readonly code: string;

  constructor(status: number, code: string, message: string) {
    super(message);
    this.status = status;
    this.code = code;
  }
}

/** Nobody answered at the address, or something that is not the operations API. */
export class AdminUnreachable extends Error {
  override readonly name = "AdminUnreachable";
}
