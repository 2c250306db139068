/**
 * The command lines that the AWS CLI and `moraine glacier` are compared on, in the order in which they run:
 * later ones see what earlier ones did. The files that they name are in `FILES`.
 */

export interface Step {
  /** Words as in a shell; `$name` is what an earlier step kept. `glacier` stands first unless it is there. */
  readonly line: string;
  /** Members of the JSON output to keep for later lines. */
  readonly keep?: readonly string[];
  /** Repeated until the output holds this text. */
  readonly until?: string;
  /** Why the last line of standard error is another one. */
  readonly differentReason?: string;
  /** Why it is refused before anything is sent, where the AWS CLI fails in another way. */
  readonly refusedHere?: string;
  /** What standard output may differ in. */
  readonly ignoring?: RegExp;
}

const V = "--account-id - --vault-name photos";
const FORMATS = ["json", "text", "table", "yaml", "yaml-stream"] as const;
const CONFIG = '\'{"SNSTopic":"arn:aws:sns:eu-west-1:111122223333:t","Events":[]}\'';
const POLICY = '{"Version":"2012-10-17","Statement":[]}';
const LOCK = JSON.stringify({
  Version: "2012-10-17",
  Statement: [
    {
      Sid: "späť",
      Effect: "Deny",
      Principal: "*",
      Action: "glacier:DeleteArchive",
      Resource: ["arn:aws:glacier:$region:111122223333:vaults/photos"],
    },
  ],
});
const INVENTORY =
  "Type=inventory-retrieval,Format=JSON,InventoryRetrievalParameters={Limit=5,StartDate=2020-01-01T00:00:00Z}";

/** The formats but JSON that lay nested values out in their own ways. */
const NESTED = ["text", "table", "yaml"] as const;
/** Descriptions of members are in the project's own words. */
const COMMENTS = / *#.*$/gm;

/** Messages that hold the words of a parser of Python's, or of a library for JMESPath. */
const FOREIGN_PARSER = "the parser is another one";

/** Content by name, in the folder of each program. */
export const FILES: Readonly<Record<string, string | Uint8Array>> = {
  "one.bin": "x".repeat(1024),
  "policy.json": JSON.stringify({ Policy: POLICY }),
  "tags.json": '{"from":"file","ünï":"cödé"}',
  "keys.json": '["from","ünï"]',
  "broken.json": '{"from":',
  "vault.txt": "photos",
  "input.json": '{"accountId":"-","vaultName":"photos"}',
  "input.yaml": "accountId: '-'\nvaultName: photos\n",
  "latin1.txt": Uint8Array.of(0xe9, 0x20),
};

const LISTS_OF_VAULTS: readonly (string | Step)[] = [
  ...NESTED.map((format) => `list-vaults --account-id - --output ${format}`),
  `describe-vault ${V}`,
  `create-vault ${V}`,
  `create-vault ${V} --output text`,
  `create-vault ${V} --output table`,
  "create-vault --account-id - --vault-name second --output yaml",
  "create-vault --account-id - --vault-name third --query location",
  ...FORMATS.flatMap((format) => [
    `describe-vault ${V} --output ${format}`,
    `list-vaults --account-id - --output ${format}`,
    `list-vaults --account-id - --max-items 2 --output ${format}`,
    `list-vaults --account-id - --page-size 1 --output ${format}`,
    `list-vaults --account-id - --output ${format} --query VaultList[].VaultName`,
    `list-vaults --account-id - --output ${format} --query '{n:VaultList[0].VaultName,l:VaultList[].[VaultName,SizeInBytes]}'`,
  ]),
];

const PAGING: readonly (string | Step)[] = [
  { line: "list-vaults --account-id - --max-items 1", keep: ["NextToken"] },
  "list-vaults --account-id - --starting-token $NextToken",
  "list-vaults --account-id - --starting-token $NextToken --max-items 1",
  "list-vaults --account-id - --starting-token $NextToken --page-size 1 --output text",
  "list-vaults --account-id - --starting-token nonsense",
  "list-vaults --account-id - --starting-token a___b___c",
  "list-vaults --account-id - --limit 1 --query VaultList",
  "list-vaults --account-id - --limit 1 --max-items 1",
  "list-vaults --account-id - --limit 0",
  "list-vaults --account-id - --limit many",
  "list-vaults --account-id - --marker nonsense",
  "list-vaults --account-id - --marker nonsense --page-size 1",
  "list-vaults --account-id - --no-paginate --page-size 1",
  "list-vaults --account-id - --no-paginate",
  "list-vaults --account-id - --page-size 0",
  "list-vaults --account-id - --page-size none",
  "list-vaults --account-id - --max-items 0",
  "list-vaults --account-id - --max-items none",
  "list-vaults --account-id - --max-items 2 --page-size 1 --query NextToken",
];

const QUERIES: readonly (string | Step)[] = [
  "list-vaults --account-id - --query 'length(VaultList)'",
  "list-vaults --account-id - --query 'VaultList[?VaultName==`photos`].SizeInBytes|[0]'",
  "list-vaults --account-id - --query 'VaultList[].{n:VaultName}' --output text",
  "list-vaults --account-id - --query 'VaultList[].{\"ñ\":VaultName}' --output table",
  "list-vaults --account-id - --query nothing --output text",
  "list-vaults --account-id - --query 'sort_by(VaultList,&VaultName)[-1].VaultName' --output yaml",
  { line: "list-vaults --account-id - --query '['", differentReason: FOREIGN_PARSER },
  { line: "list-vaults --account-id - --query 'length(`5`)'", differentReason: FOREIGN_PARSER },
  { line: "list-vaults --account-id - --query 'nonsense(@)'", differentReason: FOREIGN_PARSER },
];

const GLOBALS: readonly (string | Step)[] = [
  "--output text glacier list-vaults --account-id -",
  "--query VaultList[0].VaultName glacier --output text list-vaults --account-id -",
  "--no-paginate --color=off glacier list-vaults --account-id - --output table",
  `glacier --region $region describe-vault ${V}`,
  "--regio $region glacier list-vaults --account-id - --quer VaultList[].VaultName",
  `glacier --color on --output table describe-vault ${V}`,
  `describe-vault ${V} --color on --output table`,
  `describe-vault ${V} --color on --output json`,
  `describe-vault ${V} --no-cli-pager --no-cli-auto-prompt`,
  `describe-vault ${V} --no-verify-ssl`,
  `describe-vault ${V} --debug --query VaultName`,
  `describe-vault ${V} --cli-read-timeout 0 --cli-connect-timeout 0`,
  `describe-vault ${V} --cli-read-timeout soon`,
  `describe-vault ${V} --cli-connect-timeout 1.5`,
  `describe-vault ${V} --cli-binary-format hex`,
  `describe-vault ${V} --cli-binary-format raw-in-base64-out`,
  `describe-vault ${V} --color purple`,
  `describe-vault ${V} --profile nobody`,
  `describe-vault ${V} --endpoint-url localhost:80`,
  `describe-vault ${V} --no-sign-request`,
  "list-vaults --cli-auto-prompt",
  "list-vaults --cli-auto-prompt --no-cli-auto-prompt",
  "list-vaults --account-id - --output xml",
  "list-vaults --account-id - --output",
  "list-vaults --account-id - --no-paginate=yes",
];

const WRONG_WORDS: readonly (string | Step)[] = [
  "glacier",
  "list-vaults --acc -",
  "list-vaults",
  "list-vault --account-id -",
  "frobnicate",
  "list-vaults --account-id - --bogus",
  "list-vaults --account-id - --bogus=1 stray words",
  "list-vaults --account-id",
  "describe-vault",
  "describe-job --account-id - --job-id j",
  `get-job-output ${V} --job-id j`,
  `get-job-output ${V} out.bin`,
  `complete-vault-lock ${V}`,
  `delete-archive ${V}`,
  `upload-multipart-part ${V} --range x`,
  `describe-job ${V} --job`,
];

const TAGS: readonly (string | Step)[] = [
  `add-tags-to-vault ${V} --tags a=1,b=2`,
  `add-tags-to-vault ${V} --tags '{"yes":"no","n":"5"}'`,
  `add-tags-to-vault ${V} --tags ä=ö,empty=,list=1:2`,
  `add-tags-to-vault ${V} --tags file://tags.json`,
  {
    line: `add-tags-to-vault ${V} --tags fileb://tags.json`,
    refusedHere: "the AWS CLI ends with an error of Python",
  },
  `add-tags-to-vault ${V} --tags file://missing.json`,
  `add-tags-to-vault ${V} --tags file://latin1.txt`,
  `add-tags-to-vault ${V} --tags file://broken.json`,
  `add-tags-to-vault ${V} --tags a`,
  `add-tags-to-vault ${V} --tags a=1,a=2`,
  `add-tags-to-vault ${V} --tags =x`,
  `add-tags-to-vault ${V} --tags a=1,b`,
  `add-tags-to-vault ${V} --tags '{"a":5}'`,
  `add-tags-to-vault ${V} --tags '[]'`,
  `add-tags-to-vault ${V} --tags 'a="unclosed'`,
  `add-tags-to-vault ${V}`,
  ...NESTED.map((format) => `list-tags-for-vault ${V} --output ${format}`),
  `remove-tags-from-vault ${V} --tag-keys a b`,
  `remove-tags-from-vault ${V} --tag-keys '["n"]'`,
  `remove-tags-from-vault ${V} --tag-keys file://keys.json`,
  `remove-tags-from-vault ${V} --tag-keys '["n"'`,
  `remove-tags-from-vault ${V} --tag-keys`,
  `remove-tags-from-vault ${V}`,
  `list-tags-for-vault ${V}`,
];

const SUBRESOURCES: readonly (string | Step)[] = [
  `set-vault-notifications ${V} --vault-notification-config SNSTopic=x,Events=Nonsense`,
  `set-vault-notifications ${V} --vault-notification-config ${CONFIG}`,
  `set-vault-notifications ${V} --vault-notification-config SNSTopic=arn:aws:sns:eu-west-1:111122223333:t,Events=ArchiveRetrievalCompleted,InventoryRetrievalCompleted`,
  `set-vault-notifications ${V} --vault-notification-config Events=[`,
  ...NESTED.map((format) => `get-vault-notifications ${V} --output ${format}`),
  `delete-vault-notifications ${V}`,
  `get-vault-notifications ${V}`,
  `set-vault-access-policy ${V} --policy '{"Policy":${JSON.stringify(POLICY)}}'`,
  `set-vault-access-policy ${V} --policy file://policy.json`,
  `set-vault-access-policy ${V} --policy Policy=nonsense`,
  {
    line: `set-vault-access-policy ${V} --policy '{"Policy":{}}'`,
    differentReason: "the message names a class of Python",
  },
  `set-vault-access-policy ${V} --policy '[1]'`,
  `get-vault-access-policy ${V}`,
  `get-vault-access-policy ${V} --output text`,
  `delete-vault-access-policy ${V}`,
  `get-vault-access-policy ${V}`,
  `get-vault-lock ${V}`,
  {
    line: `initiate-vault-lock ${V} --policy '${JSON.stringify({ Policy: LOCK })}'`,
    keep: ["lockId"],
  },
  `initiate-vault-lock ${V} --policy '${JSON.stringify({ Policy: LOCK })}'`,
  ...NESTED.map((format) => `get-vault-lock ${V} --output ${format}`),
  `complete-vault-lock ${V} --lock-id nonsense`,
  `abort-vault-lock ${V}`,
  `complete-vault-lock ${V} --lock-id=$lockId`,
  `set-data-retrieval-policy --account-id - --policy 'Rules=[{Strategy=BytesPerHour,BytesPerHour=10737418240}]'`,
  ...NESTED.map((format) => `get-data-retrieval-policy --account-id - --output ${format}`),
  "set-data-retrieval-policy --account-id - --policy 'Rules=[{Strategy=BytesPerHour,BytesPerHour=x}]'",
  "set-data-retrieval-policy --account-id - --policy 'Rules=[{Strategy=Sometimes}]'",
  'set-data-retrieval-policy --account-id - --policy \'{"Rules":"all"}\'',
  "set-data-retrieval-policy --account-id - --policy Rules=[{Strategy=None}]",
  "set-data-retrieval-policy --account-id -",
  // An account has two units at most, and both programs use one account.
  { line: "purchase-provisioned-capacity --account-id -", keep: ["capacityId"] },
  "purchase-provisioned-capacity --account-id -",
  ...NESTED.map((format) => `list-provisioned-capacity --account-id - --output ${format}`),
];

const ARCHIVES: readonly (string | Step)[] = [
  { line: `upload-archive ${V} --archive-description 'a b' --body one.bin`, keep: ["archiveId"] },
  `upload-archive ${V} --body one.bin --output table`,
  `upload-archive ${V} --body missing.bin`,
  `upload-archive ${V} --body .`,
  `upload-archive ${V} --body fileb://one.bin`,
  `upload-archive ${V} --body file://one.bin`,
  `upload-archive ${V}`,
  `upload-archive ${V} --body one.bin --checksum ${"0".repeat(64)}`,
  `upload-archive ${V} --body one.bin --archive-description ${"d".repeat(1025)}`,
  `upload-archive --body one.bin --cli-input-json '{"accountId":"-","vaultName":"photos","archiveDescription":"j"}'`,
  `delete-vault ${V}`,
  `delete-archive ${V} --archive-id nonsense`,
  "upload-archive --account-id - --vault-name nowhere --body one.bin",
];

const UPLOADS: readonly (string | Step)[] = [
  { line: `initiate-multipart-upload ${V} --part-size 1048576`, keep: ["uploadId"] },
  `initiate-multipart-upload ${V} --part-size 1000`,
  `initiate-multipart-upload ${V} --part-size x`,
  `initiate-multipart-upload ${V}`,
  {
    line: `upload-multipart-part ${V} --upload-id=$uploadId --range 'bytes 0-1023/*' --body one.bin`,
    keep: ["checksum"],
  },
  ...["bytes 0-5/*", "bytes 5-1/*", "bytes=0-1023", "0-1023", "bytes 1024-2047/*"].map(
    (range) => `upload-multipart-part ${V} --upload-id=$uploadId --range '${range}' --body one.bin`,
  ),
  `upload-multipart-part ${V} --upload-id nonsense --range 'bytes 0-1023/*' --body one.bin`,
  ...NESTED.map((format) => `list-multipart-uploads ${V} --output ${format}`),
  `list-multipart-uploads ${V} --max-items 1 --page-size 1`,
  ...NESTED.map((format) => `list-parts ${V} --upload-id=$uploadId --output ${format}`),
  `list-parts ${V} --upload-id=$uploadId --no-paginate`,
  `complete-multipart-upload ${V} --upload-id=$uploadId --archive-size 5 --checksum $checksum`,
  `complete-multipart-upload ${V} --upload-id=$uploadId --archive-size x --checksum $checksum`,
  `complete-multipart-upload ${V} --upload-id=$uploadId --archive-size 1024`,
  `complete-multipart-upload ${V} --upload-id=$uploadId --archive-size 1024 --checksum $checksum`,
  `abort-multipart-upload ${V} --upload-id=$uploadId`,
  `abort-multipart-upload ${V} --upload-id=nonsense`,
];

const JOBS: readonly (string | Step)[] = [
  `initiate-job ${V}`,
  `initiate-job ${V} --job-parameters Type=nonsense`,
  `initiate-job ${V} --job-parameters Nonsense=1`,
  `initiate-job ${V} --job-parameters Type`,
  `initiate-job ${V} --job-parameters Type=archive-retrieval,ArchiveId=nonsense`,
  `initiate-job ${V} --job-parameters Type=inventory-retrieval,InventoryRetrievalParameters=x`,
  `initiate-job ${V} --job-parameters 'Type=inventory-retrieval,InventoryRetrievalParameters={Limit=1'`,
  `initiate-job ${V} --job-parameters Type=inventory-retrieval,Tier=Never,Format=XML`,
  { line: `initiate-job ${V} --job-parameters '{"Type":}'`, differentReason: FOREIGN_PARSER },
  `initiate-job ${V} --job-parameters '{"Type":5,"InventoryRetrievalParameters":[]}'`,
  `initiate-job ${V} --job-parameters Type=archive-retrieval,ArchiveId=$archiveId,Description=ümläut`,
  `initiate-job ${V} --job-parameters Type=archive-retrieval,ArchiveId=$archiveId,RetrievalByteRange=5-9`,
  { line: `initiate-job ${V} --job-parameters ${INVENTORY},Description=all`, keep: ["jobId"] },
  { line: `describe-job ${V} --job-id=$jobId`, until: '"Completed": true' },
  ...NESTED.map((format) => `describe-job ${V} --job-id=$jobId --output ${format}`),
  ...NESTED.map((format) => `list-jobs ${V} --output ${format}`),
  `get-job-output ${V} --job-id=$jobId inventory.json`,
  {
    line: `initiate-job ${V} --job-parameters Type=archive-retrieval,ArchiveId=$archiveId,Tier=Expedited`,
    keep: ["jobId"],
  },
  { line: `describe-job ${V} --job-id=$jobId`, until: '"Completed": true' },
  ...["text", "table", "yaml"].map(
    (format) => `describe-job ${V} --job-id=$jobId --output ${format}`,
  ),
  `list-jobs ${V} --completed true --statuscode Succeeded --query JobList[].StatusCode`,
  `list-jobs ${V} --completed maybe`,
  `list-jobs ${V} --statuscode Nonsense`,
  `list-jobs ${V} --page-size 1 --max-items 1 --query 'length(JobList)'`,
  `get-job-output ${V} --job-id=$jobId output.bin`,
  `get-job-output ${V} --job-id=$jobId --range bytes=0-9 output.bin --output yaml`,
  ...["bytes=9-0", "bytes=5000-6000", "bytes=-5", "0-9", "bytes=0-1,3-4"].map(
    (range) => `get-job-output ${V} --job-id=$jobId --range ${range} other.bin`,
  ),
  `get-job-output ${V} --job-id=$jobId /dev/null --query status`,
  `get-job-output ${V} --job-id=nonsense other.bin`,
  `get-job-output ${V} --job-id=$jobId missing/folder.bin`,
  `get-job-output ${V} --job-id=$jobId .`,
  `describe-job ${V} --job-id nonsense`,
];

const REFUSALS: readonly (string | Step)[] = [
  "create-vault --account-id - --vault-name 'no spaces'",
  `create-vault --account-id - --vault-name ${"v".repeat(256)}`,
  "create-vault --account-id - --vault-name é",
  {
    line: "delete-vault --account-id - --vault-name ''",
    refusedHere: "the AWS CLI sends a request for a path that no operation has",
  },
  "create-vault --account-id 999999999999 --vault-name other",
  "list-vaults --account-id nonsense",
  "list-jobs --account-id - --vault-name nowhere",
  "list-multipart-uploads --account-id - --vault-name nowhere",
  "delete-vault --account-id - --vault-name nowhere",
  "describe-vault --account-id - --vault-name file://vault.txt",
  `wait vault-exists ${V}`,
  "wait vault-not-exists --account-id - --vault-name nowhere",
  "wait vault-exists --account-id 999999999999 --vault-name photos",
  "wait vault-exists --account-id -",
  "wait",
  "wait vault-gone",
];

const INPUTS: readonly (string | Step)[] = [
  'list-vaults --cli-input-json \'{"accountId":"-"}\' --query VaultList[].VaultName',
  'list-vaults --cli-input-json \'{"accountId":"-","limit":"1"}\'',
  "describe-vault --vault-name second --cli-input-json file://input.json",
  "describe-vault --cli-input-yaml file://input.yaml",
  "describe-vault --cli-input-json file://missing.json",
  'describe-vault --cli-input-json \'{"accountId":"-"}\'',
  'describe-vault --cli-input-json \'{"accountId":"-","vaultName":"photos","bogus":1}\'',
  'describe-vault --cli-input-json \'{"accountId":5,"vaultName":["photos"]}\'',
  "describe-vault --cli-input-json '[1]'",
  "describe-vault --cli-input-json nonsense",
  "describe-vault --cli-input-json '{}' --cli-input-yaml '{}'",
  `initiate-job --vault-name photos --cli-input-json '{"accountId":"-","vaultName":"x","jobParameters":{"Type":"inventory-retrieval","InventoryRetrievalParameters":{"Limit":"3"}}}'`,
  "initiate-job --cli-input-yaml '{accountId: \"-\", vaultName: photos, jobParameters: {Type: nonsense}}'",
  "list-vaults --cli-input-yaml 'accountId: \"-\"' --query VaultList[].VaultName",
  "list-vaults --cli-input-yaml 'accountId: ['",
  "list-vaults --cli-input-yaml nonsense",
  `get-job-output ${V} --job-id j out.bin --cli-input-json '{}'`,
];

const SKELETONS: readonly (string | Step)[] = [
  "describe-job --generate-cli-skeleton",
  "initiate-job --generate-cli-skeleton input",
  { line: "initiate-job --generate-cli-skeleton yaml-input", ignoring: COMMENTS },
  { line: "upload-archive --generate-cli-skeleton yaml-input", ignoring: COMMENTS },
  "set-data-retrieval-policy --generate-cli-skeleton",
  `describe-job ${V} --job-id j --generate-cli-skeleton output`,
  `describe-job ${V} --job-id j --generate-cli-skeleton output --output table`,
  "list-vaults --account-id - --generate-cli-skeleton output --output text",
  "list-vaults --account-id - --generate-cli-skeleton output --query VaultList[0].VaultName",
  "describe-job --generate-cli-skeleton output",
  "list-vaults --account-id - --generate-cli-skeleton nonsense",
];

const ENDS: readonly (string | Step)[] = [
  `delete-archive ${V} --archive-id=$archiveId`,
  "delete-vault --account-id - --vault-name third",
  "delete-vault --account-id - --vault-name second --output table",
];

export const STEPS: readonly Step[] = [
  ...LISTS_OF_VAULTS,
  ...PAGING,
  ...QUERIES,
  ...GLOBALS,
  ...WRONG_WORDS,
  ...TAGS,
  ...SUBRESOURCES,
  ...ARCHIVES,
  ...UPLOADS,
  ...JOBS,
  ...REFUSALS,
  ...INPUTS,
  ...SKELETONS,
  ...ENDS,
].map((step) => (typeof step === "string" ? { line: step } : step));
