"""Makes calls that arrive as lines of JSON, and answers each with a line of JSON.

A body is text, or the number of zero bytes to send.
"""
import json
import sys

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

CONFIG = Config(retries={"total_max_attempts": 1})
clients = {}


def client(call):
    """A client of the service for an endpoint, a region and a key; made once."""
    names = ("service", "endpoint", "region", "accessKeyId", "secretAccessKey")
    key = tuple(call[name] for name in names)
    if key not in clients:
        service, endpoint, region, access_key_id, secret_access_key = key
        clients[key] = boto3.client(
            service,
            endpoint_url=endpoint,
            region_name=region,
            aws_access_key_id=access_key_id,
            aws_secret_access_key=secret_access_key,
            config=CONFIG,
        )
    return clients[key]


def perform(call):
    parameters = call["parameters"]
    if isinstance(parameters.get("body"), int):
        parameters["body"] = bytes(parameters["body"])
    try:
        answer = getattr(client(call), call["operation"])(**parameters)
    except ClientError as error:
        metadata = error.response["ResponseMetadata"]
        return {
            "status": metadata["HTTPStatusCode"],
            "code": error.response["Error"]["Code"],
            "message": error.response["Error"]["Message"],
            "raised": type(error).__name__,
        }
    metadata = answer.pop("ResponseMetadata")
    if hasattr(answer.get("body"), "read"):
        answer["body"] = answer["body"].read().decode()
    return {"status": metadata["HTTPStatusCode"], "result": answer}


for line in sys.stdin:
    print(json.dumps(perform(json.loads(line)), default=str), flush=True)
