/** What a handler of a management action (`iam`, `sts`, `sns`, `sqs`) is given and what it returns. */
import type { AccountId } from "../domain/ids.ts";
import type { Principal } from "../ports/credential-store.ts";
import type {
  ActionInput,
  ActionOutput,
  ActionRow,
  QueryService,
} from "../protocol/query/query-service.ts";
import type { Services } from "./handler.ts";

/** Who calls, in which region. Everything belongs to the caller's own account. */
export interface ManagementCall {
  readonly principal: Principal;
  readonly accountId: AccountId;
  /** The region the request was signed for. */
  readonly region: string;
  /** For answers that repeat it. */
  readonly requestId: string;
  /** `http://host:port` or `https://host:port` under which the client reached the service, for links in answers. */
  readonly endpoint: string;
}

/** One action. Throws `ManagementError` for every refusal. */
export type ManagementHandler<R extends ActionRow> = (
  input: ActionInput<R>,
  call: ManagementCall,
  services: Services,
) => Promise<ActionOutput<R>>;

/** A handler for every action of a service: a missing one does not compile. */
export type ManagementHandlers<S extends QueryService> = {
  readonly [A in keyof S["actions"]]: ManagementHandler<S["actions"][A]>;
};

/** A service's table with its handlers, as the HTTP layer calls them by name. */
export interface ManagementService {
  readonly table: QueryService;
  /** `json` when a request is in AWS JSON 1.0 and is answered so; the query protocol otherwise. */
  readonly dialect?: "json";
  /**
   * The resource of a request where the row's text alone does not tell it (a user's ARN has its path);
   * `undefined` when it does.
   */
  readonly findResource?: (
    request: { readonly action: string; readonly input: { readonly [member: string]: unknown } },
    call: ManagementCall,
    services: Services,
  ) => Promise<string | undefined>;
  readonly handlers: {
    readonly [action: string]: (
      input: never,
      call: ManagementCall,
      services: Services,
    ) => Promise<object | undefined>;
  };
}
