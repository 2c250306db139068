"""Single uploads of several sizes, whole and ranged retrievals, compared byte for byte."""
import io

from botocore.utils import calculate_tree_hash
from session import MIB, await_job, client, emit, payload, retrieve, sha256, strip

glacier = client()
VAULT = "boto3.archives"
created = glacier.create_vault(vaultName=VAULT)


def tree_hash(data):
    return calculate_tree_hash(io.BytesIO(data))


def store_and_fetch(size):
    data = payload(size, "archives")
    description = f"two  spaces {size}"
    stored = glacier.upload_archive(vaultName=VAULT, archiveDescription=description, body=data)
    archive_id = stored["archiveId"]
    job, output, fetched = retrieve(glacier, VAULT, Type="archive-retrieval", ArchiveId=archive_id)
    return {
        "size": size,
        "archiveId": archive_id,
        "sameBytes": fetched == data,
        "sameSha256": sha256(fetched) == sha256(data),
        "hashes": sorted({stored["checksum"], tree_hash(data), tree_hash(fetched), output["checksum"]}),
        "job": {key: job.get(key) for key in ("StatusCode", "StatusMessage", "ArchiveSizeInBytes", "Tier")},
        "description": output["archiveDescription"],
        "expectedDescription": description,
        "status": output["status"],
        "length": output["ResponseMetadata"]["HTTPHeaders"]["content-length"],
    }


def ranges_of(archive_id):
    """Ranges of 6.5 MiB by the job, and ranges of what a whole job gives."""
    data = payload(int(6.5 * MIB), "archives")
    results = []
    for first, end, aligned in [(0, 2, True), (2, 4, True), (4, 6.5, True), (6, 6.5, True), (1, 3, False)]:
        part = data[int(first * MIB) : int(end * MIB)]
        text = f"{int(first * MIB)}-{int(end * MIB) - 1}"
        job, output, fetched = retrieve(
            glacier, VAULT, Type="archive-retrieval", ArchiveId=archive_id, RetrievalByteRange=text
        )
        expected = tree_hash(part) if aligned else None
        results.append(
            {
                "job": text,
                "sameBytes": fetched == part,
                "range": job["RetrievalByteRange"] == text,
                "jobHash": job.get("SHA256TreeHash") == expected,
                "checksum": output.get("checksum") == expected,
            }
        )
    started = glacier.initiate_job(
        vaultName=VAULT, jobParameters={"Type": "archive-retrieval", "ArchiveId": archive_id}
    )
    await_job(glacier, VAULT, started["jobId"])
    for text, first, end, aligned in [
        ("bytes=0-4194303", 0, 4 * MIB, True),
        ("bytes=4194304-99999999", 4 * MIB, len(data), True),
        ("bytes=4194304-", 4 * MIB, len(data), True),
        ("bytes=-524288", 6 * MIB, len(data), True),
        ("bytes=2097152-6815743", 2 * MIB, len(data), False),
        ("bytes=1-3", 1, 4, False),
    ]:
        output = glacier.get_job_output(vaultName=VAULT, jobId=started["jobId"], range=text)
        part = data[first:end]
        results.append(
            {
                "download": text,
                "sameBytes": output["body"].read() == part,
                "status": output["status"] == 206,
                "contentRange": output["contentRange"] == f"bytes {first}-{end - 1}/{len(data)}",
                "checksum": output.get("checksum") == (tree_hash(part) if aligned else None),
            }
        )
    return results


sizes = [1, MIB - 1, MIB, MIB + 1, int(5.5 * MIB), int(6.5 * MIB)]
fetched = [store_and_fetch(size) for size in sizes]
emit({"created": strip(created), "archives": fetched, "ranges": ranges_of(fetched[-1]["archiveId"])})
