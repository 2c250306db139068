"""The object interface: account, vault, archive, multipart upload and job as resources."""
import io
import time

from botocore.utils import calculate_tree_hash
from session import MIB, emit, payload, resource

glacier = resource()
vault = glacier.create_vault(accountId="-", vaultName="boto3.resource")
vault.load()
data = payload(3 * MIB + 5, "resources")
archive = vault.upload_archive(archiveDescription="an object", body=data)


def finish(job):
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        job.load()
        if job.completed:
            return job
        time.sleep(0.05)
    raise TimeoutError("the job did not end")


job = finish(archive.initiate_archive_retrieval())
fetched = job.get_output()["body"].read()
inventory_job = finish(vault.initiate_inventory_retrieval())
inventory = inventory_job.get_output()["body"].read().decode()
upload = vault.initiate_multipart_upload(partSize=str(MIB), archiveDescription="parts")
for start in range(0, len(data), MIB):
    part = data[start : start + MIB]
    upload.upload_part(range=f"bytes {start}-{start + len(part) - 1}/*", body=part)
parts = upload.parts()
uploads = [entry.id == upload.id for entry in vault.multipart_uploads.all()]
done = upload.complete(archiveSize=str(len(data)), checksum=calculate_tree_hash(io.BytesIO(data)))
second = glacier.Archive("-", vault.name, done["archiveId"])
second_job = finish(second.initiate_archive_retrieval())
second_data = second_job.get_output()["body"].read()
counts = {
    "completed": len(list(vault.completed_jobs.all())),
    "succeeded": len(list(vault.succeeded_jobs.all())),
    "failed": len(list(vault.failed_jobs.all())),
    "inProgress": len(list(vault.jobs_in_progress.all())),
}
account_vaults = [entry.name for entry in glacier.Account("-").vaults.all()]
vault.load()
facts = {
    "vaultArn": vault.vault_arn,
    "numberOfArchives": vault.number_of_archives,
    "sizeInBytes": vault.size_in_bytes,
    "jobAction": [job.action, inventory_job.action],
    "treeHash": job.sha256_tree_hash == calculate_tree_hash(io.BytesIO(data)),
}
archive.delete()
second.delete()
vault.delete()
emit(
    {
        **facts,
        "archiveId": archive.id,
        "sameBytes": [fetched == data, second_data == data],
        "inventoryHasArchive": archive.id in inventory,
        "parts": [part["RangeInBytes"] for part in parts["Parts"]],
        "uploads": uploads,
        "jobs": counts,
        "accountVaults": account_vaults,
    }
)
