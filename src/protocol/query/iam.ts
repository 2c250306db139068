/**
 * The part of IAM (API version 2010-05-08) that users, their keys and their inline policies need. A resource
 * here is what the name of a user gives; `operations/iam-resource.ts` fills in the path of one that exists.
 */
import { boolean, integer, list, string, structure, timestamp } from "../schema.ts";
import { action, type QueryService } from "./query-service.ts";

const user = structure({
  Path: string,
  UserName: string,
  UserId: string,
  Arn: string,
  CreateDate: timestamp,
});

const accessKey = structure({
  UserName: string,
  AccessKeyId: string,
  Status: string,
  SecretAccessKey: string,
  CreateDate: timestamp,
});

const accessKeyMetadata = structure({
  UserName: string,
  AccessKeyId: string,
  Status: string,
  CreateDate: timestamp,
});

const page = { Marker: string, MaxItems: integer } as const;
const pageEnd = { IsTruncated: boolean, Marker: string } as const;
const tags = list(structure({ Key: string, Value: string }));

const ONE_USER = "arn:aws:iam::{accountId}:user/{UserName}";
const ALL_USERS = "arn:aws:iam::{accountId}:user/*";

export const iam = {
  name: "iam",
  version: "2010-05-08",
  namespace: "https://iam.amazonaws.com/doc/2010-05-08/",
  actions: {
    CreateUser: action(
      ONE_USER,
      { UserName: string, Path: string, PermissionsBoundary: string, Tags: tags },
      { User: user },
    ),
    GetUser: action(ONE_USER, { UserName: string }, { User: user }),
    ListUsers: action(
      ALL_USERS,
      { PathPrefix: string, ...page },
      { Users: list(user), ...pageEnd },
    ),
    DeleteUser: action(ONE_USER, { UserName: string }),
    CreateAccessKey: action(ONE_USER, { UserName: string }, { AccessKey: accessKey }),
    ListAccessKeys: action(
      ONE_USER,
      { UserName: string, ...page },
      { UserName: string, AccessKeyMetadata: list(accessKeyMetadata), ...pageEnd },
    ),
    UpdateAccessKey: action(ONE_USER, { UserName: string, AccessKeyId: string, Status: string }),
    DeleteAccessKey: action(ONE_USER, { UserName: string, AccessKeyId: string }),
    PutUserPolicy: action(ONE_USER, {
      UserName: string,
      PolicyName: string,
      PolicyDocument: string,
    }),
    GetUserPolicy: action(
      ONE_USER,
      { UserName: string, PolicyName: string },
      { UserName: string, PolicyName: string, PolicyDocument: string },
    ),
    ListUserPolicies: action(
      ONE_USER,
      { UserName: string, ...page },
      { PolicyNames: list(string), ...pageEnd },
    ),
    DeleteUserPolicy: action(ONE_USER, { UserName: string, PolicyName: string }),
  },
} as const satisfies QueryService;

/** The row of an action of `iam`. */
export type IamAction<A extends keyof typeof iam.actions> = (typeof iam.actions)[A];
