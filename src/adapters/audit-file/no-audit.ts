import type { AuditLog } from "../../ports/audit-log.ts";

/** Keeps nothing: the setting `audit` is off. */
export const noAudit: AuditLog = {
  record: () => Promise.resolve(),
  buffer: () => undefined,
  check: () => Promise.resolve(),
};
