/** `moraine vault`: makes, shows and removes vaults, and sets what belongs to them. */
import { createVerb } from "../session/verb.ts";
import { addCreate } from "./vault/create.ts";
import { addLock } from "./vault/lock.ts";
import { addNotify } from "./vault/notify.ts";
import { addPolicy } from "./vault/policy.ts";
import { addRemove } from "./vault/remove.ts";
import { addShow } from "./vault/show.ts";
import { addTag } from "./vault/tag.ts";

export const vault = createVerb("vault", (command, context) => {
  command.description(
    "Make, show and remove vaults; set their tags, policies, lock and notifications.",
  );
  addCreate(command, context);
  addShow(command, context);
  addRemove(command, context);
  addTag(command, context);
  addNotify(command, context);
  addPolicy(command, context);
  addLock(command, context);
});
