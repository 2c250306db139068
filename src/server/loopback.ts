/** Which listen addresses only the machine itself reaches. */

/** Whether a listener on `host`, a name or an address without brackets, is reached from this machine alone. */
export function isLoopback(host: string): boolean {
  return host === "localhost" || host === "::1" || /^127\.\d+\.\d+\.\d+$/.test(host);
}
