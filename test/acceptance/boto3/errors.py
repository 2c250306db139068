"""What callers see when a call is refused: exception class, code, status, message."""
import os

from botocore.exceptions import ClientError
from session import client, emit, payload

glacier = client()
VAULT = "boto3.errors"
glacier.create_vault(vaultName=VAULT)
archive_id = glacier.upload_archive(vaultName=VAULT, body=payload(10, "errors"))["archiveId"]
upload_id = glacier.initiate_multipart_upload(vaultName=VAULT, partSize="1048576")["uploadId"]


def refusal(call, **parameters):
    try:
        call(**parameters)
    except ClientError as error:
        return {
            "class": type(error).__name__,
            "code": error.response["Error"]["Code"],
            "status": error.response["ResponseMetadata"]["HTTPStatusCode"],
            "message": error.response["Error"]["Message"],
            "requestId": len(error.response["ResponseMetadata"]["RequestId"]),
        }
    return None


part = {"vaultName": VAULT, "uploadId": upload_id}
job = {"Type": "archive-retrieval", "ArchiveId": archive_id}
emit(
    {
        "absentVault": refusal(glacier.describe_vault, vaultName="absent"),
        "absentVaultBigBody": refusal(glacier.upload_archive, vaultName="absent", body=b"x" * 20_000_000),
        "badName": refusal(glacier.create_vault, vaultName="a b"),
        "absentArchive": refusal(
            glacier.initiate_job, vaultName=VAULT, jobParameters={**job, "ArchiveId": "A" * 138}
        ),
        "absentJob": refusal(glacier.describe_job, vaultName=VAULT, jobId="nope"),
        "absentUpload": refusal(glacier.list_parts, vaultName=VAULT, uploadId="nope"),
        "badRange": refusal(
            glacier.initiate_job, vaultName=VAULT, jobParameters={**job, "RetrievalByteRange": "1-9"}
        ),
        "badType": refusal(glacier.initiate_job, vaultName=VAULT, jobParameters={"Type": "magic"}),
        "badPartSize": refusal(glacier.initiate_multipart_upload, vaultName=VAULT, partSize="3145728"),
        "emptyArchive": refusal(glacier.upload_archive, vaultName=VAULT, body=b""),
        "wrongHash": refusal(glacier.upload_archive, vaultName=VAULT, body=b"abc", checksum="0" * 64),
        "badPartRange": refusal(glacier.upload_multipart_part, **part, range="bytes 5-1/*", body=b"abc"),
        "longPart": refusal(glacier.upload_multipart_part, **part, range="bytes 0-9/*", body=b"abc"),
        "nonAscii": refusal(
            glacier.upload_archive, vaultName=VAULT, body=b"abc", archiveDescription="Ünicode"
        ),
        "foreignAccount": refusal(glacier.list_vaults, accountId="999999999999"),
        "fullVault": refusal(glacier.delete_vault, vaultName=VAULT),
        "wrongSecret": refusal(client(aws_access_key_id=os.environ["AWS_ACCESS_KEY_ID"], aws_secret_access_key="x" * 40).list_vaults),
        "unknownKey": refusal(client(aws_access_key_id="AKIAUNKNOWNUNKNOWN12", aws_secret_access_key="x" * 40).list_vaults),
        "selectJob": refusal(glacier.initiate_job, vaultName=VAULT, jobParameters={"Type": "select"}),
    }
)
