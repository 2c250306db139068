"""Paginators of every page size, waiters, filters, and inventories by date, limit and marker."""
import csv
import io
import json
import time

from session import MIB, client, emit, payload, retrieve

glacier = client()
NAMES = sorted(f"boto3.walk-{index:02}" for index in range(12))
for name in reversed(NAMES):
    glacier.create_vault(vaultName=name)
VAULT = NAMES[0]


def walk(operation, key, size, **parameters):
    pages = glacier.get_paginator(operation).paginate(**parameters, PaginationConfig={"PageSize": size})
    return [item for page in pages for item in page.get(key, [])]


vaults = {size: [item["VaultName"] for item in walk("list_vaults", "VaultList", size)] for size in (1, 5, 10, 1000)}
resumed = glacier.get_paginator("list_vaults").paginate(PaginationConfig={"MaxItems": 7, "PageSize": 3})
first_seven = [item["VaultName"] for item in resumed.build_full_result()["VaultList"]]
rest = glacier.get_paginator("list_vaults").paginate(
    PaginationConfig={"StartingToken": resumed.resume_token, "PageSize": 3}
)
resumed_names = first_seven + [item["VaultName"] for item in rest.build_full_result()["VaultList"]]

uploads = [
    glacier.initiate_multipart_upload(vaultName=VAULT, partSize=str(MIB))["uploadId"] for _ in range(5)
]
upload_walks = {
    size: [item["MultipartUploadId"] for item in walk("list_multipart_uploads", "UploadsList", size, vaultName=VAULT)]
    for size in (1, 2, 50)
}
for index in (3, 0, 4, 1, 2):
    start = index * MIB
    glacier.upload_multipart_part(
        vaultName=VAULT, uploadId=uploads[0], range=f"bytes {start}-{start}/*", body=bytes([index])
    )
part_walks = {
    size: [part["RangeInBytes"] for part in walk("list_parts", "Parts", size, vaultName=VAULT, uploadId=uploads[0])]
    for size in (1, 2, 50)
}

archives = []
for index in range(7):
    if index in (3, 5):
        time.sleep(1.1)
    stored = glacier.upload_archive(
        vaultName=VAULT, archiveDescription=f"number {index}, \"quoted\"", body=payload(index + 1, "walks")
    )
    archives.append(stored["archiveId"])


def inventory(**parameters):
    job, output, body = retrieve(glacier, VAULT, Type="inventory-retrieval", **parameters)
    return job, output, body


whole_job, whole_output, whole_body = inventory()
whole = json.loads(whole_body)["ArchiveList"]
dates = [entry["CreationDate"] for entry in whole]
middle = dates[3]
_, _, since_body = inventory(InventoryRetrievalParameters={"StartDate": middle})
_, _, until_body = inventory(InventoryRetrievalParameters={"EndDate": middle})
_, _, between_body = inventory(InventoryRetrievalParameters={"StartDate": middle, "EndDate": dates[5]})


def ids(body):
    return [entry["ArchiveId"] for entry in json.loads(body)["ArchiveList"]]


page_sizes, walked, marker = [], [], None
for _ in range(10):
    parameters = {"Limit": "3"} if marker is None else {"Limit": "3", "Marker": marker}
    job, _, body = inventory(InventoryRetrievalParameters=parameters)
    page_sizes.append(len(ids(body)))
    walked += ids(body)
    marker = job["InventoryRetrievalParameters"].get("Marker")
    if marker is None:
        break
csv_job, csv_output, csv_body = inventory(Format="CSV", Description="as csv")
rows = list(csv.reader(io.StringIO(csv_body.decode()), escapechar="\\", doublequote=False))

jobs = glacier.list_jobs(vaultName=VAULT)["JobList"]
job_walks = {
    size: [job["JobId"] for job in walk("list_jobs", "JobList", size, vaultName=VAULT)] for size in (1, 4, 50)
}
filtered = {
    "succeeded": len(walk("list_jobs", "JobList", 2, vaultName=VAULT, statuscode="Succeeded")),
    "failed": len(walk("list_jobs", "JobList", 2, vaultName=VAULT, statuscode="Failed")),
    "completed": len(walk("list_jobs", "JobList", 2, vaultName=VAULT, completed="true")),
    "contradiction": len(
        walk("list_jobs", "JobList", 2, vaultName=VAULT, completed="false", statuscode="Succeeded")
    ),
}
glacier.get_waiter("vault_exists").wait(vaultName=VAULT)
glacier.delete_vault(vaultName=NAMES[-1])
glacier.get_waiter("vault_not_exists").wait(vaultName=NAMES[-1])
emit(
    {
        "names": NAMES,
        "vaults": vaults,
        "resumed": resumed_names,
        "uploadWalks": [sorted(walked_ids) == sorted(uploads) for walked_ids in upload_walks.values()],
        "partWalks": part_walks,
        "wholeInventory": [entry["ArchiveId"] for entry in whole] == archives,
        "inventorySize": whole_job["InventorySizeInBytes"] == len(whole_body),
        "parametersOfWhole": whole_job["InventoryRetrievalParameters"],
        "since": ids(since_body) == [a for a, d in zip(archives, dates) if d >= middle],
        "until": ids(until_body) == [a for a, d in zip(archives, dates) if d < middle],
        "between": ids(between_body) == [a for a, d in zip(archives, dates) if middle <= d < dates[5]],
        "distinctSeconds": len(set(dates)),
        "pageSizes": page_sizes,
        "walked": walked == archives,
        "csvType": csv_output["contentType"],
        "csvHeader": rows[0],
        "csvIds": [row[0] for row in rows[1:]] == archives,
        "csvDescriptions": [row[1] for row in rows[1:]],
        "csvDescriptionOfJob": csv_job["JobDescription"],
        "jobWalks": [ids_of_walk == [job["JobId"] for job in jobs] for ids_of_walk in job_walks.values()],
        "jobCount": len(jobs),
        "filtered": filtered,
    }
)
