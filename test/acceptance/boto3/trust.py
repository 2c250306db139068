"""A service over TLS: trusted by its certificate, and refused without it."""
import sys

import boto3
from botocore.config import Config
from botocore.exceptions import SSLError
from session import ENDPOINT, MIB, emit, payload, retrieve

CONFIG = Config(retries={"max_attempts": 0})
CERTIFICATE = sys.argv[3]


def client(verify):
    return boto3.client("glacier", endpoint_url=ENDPOINT, config=CONFIG, verify=verify)


def refusal():
    try:
        client(True).list_vaults()
    except SSLError as error:
        return str(error)


glacier = client(CERTIFICATE)
glacier.create_vault(vaultName="trusted")
data = payload(2 * MIB + 1, "tls")
stored = glacier.upload_archive(vaultName="trusted", body=data)
_, output, fetched = retrieve(
    glacier, "trusted", Type="archive-retrieval", ArchiveId=stored["archiveId"]
)
emit({"refusal": refusal(), "sameBytes": fetched == data, "status": output["status"]})
