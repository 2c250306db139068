"""What the drivers share: the connection, payloads, and how results get back to the test."""
import hashlib
import json
import random
import sys
import time

import boto3
from botocore.config import Config

MIB = 1024 * 1024
ENDPOINT = sys.argv[1]
PARAMETERS = json.loads(sys.argv[2]) if len(sys.argv) > 2 else {}
CONFIG = Config(retries={"max_attempts": 1}, max_pool_connections=16)


def client(**options):
    return boto3.client("glacier", endpoint_url=ENDPOINT, config=CONFIG, **options)


def resource():
    return boto3.resource("glacier", endpoint_url=ENDPOINT, config=CONFIG)


def payload(size, seed):
    return random.Random(f"{seed} {size}").randbytes(size)


def sha256(data):
    return hashlib.sha256(data).hexdigest()


def await_job(glacier, vault, job_id):
    """The description of the job once it has ended."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        job = glacier.describe_job(vaultName=vault, jobId=job_id)
        if job["Completed"]:
            return job
        time.sleep(0.05)
    raise TimeoutError(f"job {job_id} did not end")


def retrieve(glacier, vault, **parameters):
    """Runs a job to its end; its description and its output."""
    started = glacier.initiate_job(vaultName=vault, jobParameters=parameters)
    job = await_job(glacier, vault, started["jobId"])
    output = glacier.get_job_output(vaultName=vault, jobId=started["jobId"])
    return job, output, output["body"].read()


def strip(answer):
    """An answer without what botocore adds to it."""
    return {key: value for key, value in answer.items() if key not in ("ResponseMetadata", "body")}


def emit(results):
    json.dump(results, sys.stdout)
