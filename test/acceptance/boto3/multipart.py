"""130 MiB in parts of 16 MiB from several threads, out of order, one part replaced, completed twice."""
import io
import random
from concurrent.futures import ThreadPoolExecutor

from botocore.exceptions import ClientError
from botocore.utils import calculate_tree_hash
from session import MIB, client, emit, payload, retrieve, sha256, strip

glacier = client()
VAULT = "boto3.multipart"
PART = 16 * MIB
glacier.create_vault(vaultName=VAULT)
data = payload(130 * MIB, "multipart")
whole = calculate_tree_hash(io.BytesIO(data))
upload_id = glacier.initiate_multipart_upload(
    vaultName=VAULT, partSize=str(PART), archiveDescription="from  threads"
)["uploadId"]
upload = {"vaultName": VAULT, "uploadId": upload_id}


def send(start, body=None):
    body = data[start : start + PART] if body is None else body
    text = f"bytes {start}-{start + len(body) - 1}/*"
    return glacier.upload_multipart_part(**upload, range=text, body=body)["checksum"]


send(PART, b"x" * PART)
starts = list(range(0, len(data), PART))
random.Random(7).shuffle(starts)
with ThreadPoolExecutor(4) as pool:
    hashes = dict(zip(starts, pool.map(send, starts)))
listed = glacier.list_parts(**upload)
paged = [
    part
    for page in glacier.get_paginator("list_parts").paginate(**upload, PaginationConfig={"PageSize": 2})
    for part in page["Parts"]
]
listed_uploads = glacier.list_multipart_uploads(vaultName=VAULT)["UploadsList"]


def refusal(call, **parameters):
    try:
        call(**parameters)
    except ClientError as error:
        return error.response["Error"]["Code"]
    return "none"


wrong_hash = refusal(
    glacier.complete_multipart_upload, **upload, archiveSize=str(len(data)), checksum="0" * 64
)
wrong_size = refusal(glacier.complete_multipart_upload, **upload, archiveSize="1", checksum=whole)
complete = [
    glacier.complete_multipart_upload(**upload, archiveSize=str(len(data)), checksum=whole)
    for _ in range(2)
]
job, output, fetched = retrieve(
    glacier, VAULT, Type="archive-retrieval", ArchiveId=complete[0]["archiveId"]
)
aborted = glacier.initiate_multipart_upload(vaultName=VAULT, partSize=str(MIB))["uploadId"]
glacier.upload_multipart_part(vaultName=VAULT, uploadId=aborted, range="bytes 0-0/*", body=b"y")
glacier.abort_multipart_upload(vaultName=VAULT, uploadId=aborted)
emit(
    {
        "partHashesRight": all(
            hashes[start] == calculate_tree_hash(io.BytesIO(data[start : start + PART])) for start in starts
        ),
        "listed": [part["RangeInBytes"] for part in listed["Parts"]],
        "listedHashesRight": all(
            part["SHA256TreeHash"] == hashes[int(part["RangeInBytes"].split("-")[0])] for part in listed["Parts"]
        ),
        "pagedSame": paged == listed["Parts"],
        "description": listed["ArchiveDescription"],
        "partSize": listed["PartSizeInBytes"],
        "uploads": [entry["MultipartUploadId"] == upload_id for entry in listed_uploads],
        "refusals": [wrong_hash, wrong_size],
        "completedAgain": strip(complete[0]) == strip(complete[1]),
        "checksums": [complete[0]["checksum"] == whole, output["checksum"] == whole],
        "sameBytes": fetched == data,
        "sameSha256": sha256(fetched) == sha256(data),
        "afterAbort": refusal(glacier.list_parts, vaultName=VAULT, uploadId=aborted),
        "afterComplete": refusal(glacier.list_parts, **upload),
        "uploadsLeft": len(glacier.list_multipart_uploads(vaultName=VAULT)["UploadsList"]),
    }
)
