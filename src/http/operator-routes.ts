/** The calls of the operations API that serve the operator verbs of the command line. */
import { z } from "zod";
import { OPERATOR_PATH_MAX_CHARACTERS, REGION_NAME_MAX_CHARACTERS } from "../domain/limits.ts";
import { listDamages } from "../operations/operator/list-damages.ts";
import { takeInventory } from "../operations/operator/take-inventory.ts";
import { type AdminRoutes, parseAdminBody } from "./admin-route.ts";

const inventoryBody = z.strictObject({
  Vault: z.string().max(1024),
  AccountId: z.string().max(64).optional(),
  Region: z.string().min(1).max(REGION_NAME_MAX_CHARACTERS).optional(),
});

const integrityBody = z.strictObject({
  Rehash: z.boolean().default(false),
  MaxBytesPerSecond: z.number().int().positive().nullable().default(null),
});

const backupBody = z.strictObject({
  Directory: z.string().min(1).max(OPERATOR_PATH_MAX_CHARACTERS),
  Blobs: z.boolean().default(false),
});

const repairBody = z.strictObject({
  From: z.string().min(1).max(OPERATOR_PATH_MAX_CHARACTERS),
  KnownOnly: z.boolean().default(false),
  MaxBytesPerSecond: z.number().int().positive().nullable().default(null),
});
const rotationBody = z
  .strictObject({
    NewKeyFile: z.string().min(1).max(OPERATOR_PATH_MAX_CHARACTERS).nullable().default(null),
    NewKmsKeyId: z.string().min(1).max(2048).nullable().default(null),
    KmsEndpoint: z
      .url({ protocol: /^https?$/ })
      .max(1024)
      .nullable()
      .default(null),
  })
  .refine((body) => (body.NewKeyFile === null) !== (body.NewKmsKeyId === null), {
    message: "give NewKeyFile or NewKmsKeyId, one of them",
    path: ["NewKeyFile"],
  });

export const OPERATOR_ROUTES: AdminRoutes = {
  "/admin/v1/inventories": {
    POST: {
      action: "TakeInventory",
      run: async ({ wholeBody, note }, services) => {
        const body = parseAdminBody(inventoryBody, wholeBody);
        note(body);
        return { status: 200, content: await takeInventory(body, services) };
      },
    },
  },
  "/admin/v1/stats": {
    GET: {
      action: "DescribeService",
      run: async (_request, { operator }) => ({
        status: 200,
        content: await operator.describeService(),
      }),
    },
  },
  "/admin/v1/integrity-checks": {
    POST: {
      action: "CheckIntegrity",
      run: async ({ wholeBody, note }, { operator }) => {
        const body = parseAdminBody(integrityBody, wholeBody);
        note(body);
        return { work: operator.checkIntegrity(body) };
      },
    },
  },
  "/admin/v1/repairs": {
    POST: {
      action: "RepairBlobs",
      run: async ({ wholeBody, note }, { operator }) => {
        const body = parseAdminBody(repairBody, wholeBody);
        note(body);
        return { work: await operator.repairBlobs(body) };
      },
    },
  },
  "/admin/v1/damages": {
    GET: {
      action: "ListDamages",
      run: async ({ exchange }, services) => {
        const { parameters } = exchange.target;
        const request = { marker: parameters.get("marker"), repaired: parameters.get("repaired") };
        return { status: 200, content: await listDamages(request, services) };
      },
    },
  },
  "/admin/v1/backups": {
    POST: {
      action: "CreateBackup",
      run: async ({ wholeBody, note }, { operator }) => {
        const body = parseAdminBody(backupBody, wholeBody);
        note(body);
        return { work: await operator.createBackup(body) };
      },
    },
  },
  "/admin/v1/key-rotations": {
    POST: {
      action: "RotateKeys",
      run: async ({ wholeBody, note }, { operator }) => {
        const body = parseAdminBody(rotationBody, wholeBody);
        note(body);
        return { work: operator.rotateKeys(body) };
      },
    },
  },
};
