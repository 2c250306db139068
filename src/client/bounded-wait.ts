/** Waiting for something that may never come. */

/** `awaited`, or the error that `expire` returns when `timeoutMs` have passed; 0 waits without end. */
export async function boundedWait<T>(
  awaited: Promise<T>,
  timeoutMs: number,
  expire: () => Error,
): Promise<T> {
  if (timeoutMs === 0) {
    return await awaited;
  }
  const { promise: expired, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(expire()), timeoutMs);
  try {
    return await Promise.race([awaited, expired]);
  } finally {
    clearTimeout(timer);
  }
}
