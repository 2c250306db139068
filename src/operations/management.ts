/** The management services that stand beside the Glacier operations. */
import type { ManagementService } from "./management-handler.ts";

/** Every service by the name it has in signing scopes; its own table lists its actions. */
export const management: ReadonlyMap<string, ManagementService> = new Map();
