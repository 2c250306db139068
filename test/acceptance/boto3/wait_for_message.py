"""Waits for the message of a job's end in a queue, then downloads: what transfer managers do."""
import json
import sys
import threading
import time

import boto3

url = sys.argv[1]
sqs = boto3.client("sqs", endpoint_url=url)
sns = boto3.client("sns", endpoint_url=url)
glacier = boto3.client("glacier", endpoint_url=url)

queue_url = sqs.create_queue(QueueName="transfer")["QueueUrl"]
same_url = sqs.get_queue_url(QueueName="transfer")["QueueUrl"]
names = ["QueueArn", "VisibilityTimeout"]
attributes = sqs.get_queue_attributes(QueueUrl=queue_url, AttributeNames=names)["Attributes"]
topic = sns.create_topic(Name="transfer")["TopicArn"]
policy = json.dumps({"Version": "2012-10-17", "Statement": []})
sqs.set_queue_attributes(QueueUrl=queue_url, Attributes={"Policy": policy, "VisibilityTimeout": "1"})
shown = sqs.get_queue_attributes(QueueUrl=queue_url, AttributeNames=["All"])["Attributes"]
subscription = sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=attributes["QueueArn"])

glacier.create_vault(vaultName="transfer")
archive = glacier.upload_archive(vaultName="transfer", body=b"bytes of the archive")["archiveId"]

started = time.monotonic()
empty = sqs.receive_message(QueueUrl=queue_url, WaitTimeSeconds=1)
waited = time.monotonic() - started

received = []
waiting = threading.Thread(
    target=lambda: received.append(sqs.receive_message(QueueUrl=queue_url, WaitTimeSeconds=20))
)
waiting.start()
time.sleep(0.5)
started = time.monotonic()
job = glacier.initiate_job(
    vaultName="transfer",
    jobParameters={"Type": "archive-retrieval", "ArchiveId": archive, "SNSTopic": topic},
)["jobId"]
waiting.join()
woken_after = time.monotonic() - started
first = received[0]["Messages"][0]
message = json.loads(json.loads(first["Body"])["Message"])
described = glacier.describe_job(vaultName="transfer", jobId=job)
described.pop("ResponseMetadata")
output = glacier.get_job_output(vaultName="transfer", jobId=message["JobId"])["body"].read()

time.sleep(1.1)
again = sqs.receive_message(
    QueueUrl=queue_url, AttributeNames=["ApproximateReceiveCount"], VisibilityTimeout=60
)["Messages"][0]
sqs.delete_message(QueueUrl=queue_url, ReceiptHandle=first["ReceiptHandle"])
hidden = sqs.get_queue_attributes(
    QueueUrl=queue_url, AttributeNames=["ApproximateNumberOfMessagesNotVisible"]
)["Attributes"]
sqs.delete_message(QueueUrl=queue_url, ReceiptHandle=again["ReceiptHandle"])
gone = sqs.get_queue_attributes(
    QueueUrl=queue_url, AttributeNames=["ApproximateNumberOfMessagesNotVisible"]
)["Attributes"]

refusals = []
for call in [
    lambda: sqs.delete_message(QueueUrl=queue_url, ReceiptHandle="nonsense"),
    lambda: sqs.set_queue_attributes(QueueUrl=queue_url, Attributes={"VisibilityTimeout": "-1"}),
    lambda: sqs.set_queue_attributes(QueueUrl=queue_url, Attributes={"FifoQueue": "true"}),
    lambda: sqs.create_queue(QueueName="transfer", Attributes={"DelaySeconds": "9"}),
    lambda: sqs.create_queue(QueueName="bad name"),
    lambda: sqs.receive_message(QueueUrl=queue_url, MaxNumberOfMessages=11),
    lambda: sns.publish(TopicArn=topic + "-unknown", Message="m"),
    lambda: sns.publish(TopicArn=topic, Message=""),
    lambda: sns.publish(TopicArn=topic, Message="m" * (256 * 1024 + 1)),
    lambda: sns.get_topic_attributes(TopicArn=topic.replace("111122223333", "222233334444")),
    lambda: sns.create_topic(Name="bad name"),
    lambda: sns.subscribe(TopicArn=topic, Protocol="email", Endpoint="a@example.com"),
]:
    try:
        call()
        refusals.append("none")
    except Exception as error:
        refusals.append(error.response["Error"]["Code"])

sns.unsubscribe(SubscriptionArn=subscription["SubscriptionArn"])
sns.delete_topic(TopicArn=topic)
sqs.delete_queue(QueueUrl=queue_url)
try:
    sqs.get_queue_url(QueueName="transfer")
    left = True
except sqs.exceptions.QueueDoesNotExist:
    left = False

print(
    json.dumps(
        {
            "urls": [queue_url, same_url],
            "attributes": attributes,
            "policy": shown["Policy"] == policy,
            "empty": "Messages" not in empty,
            "waited": waited,
            "wokenAfter": woken_after,
            "message": message,
            "described": {**described, "SNSTopic": topic},
            "output": output.decode(),
            "receiveCount": again["Attributes"]["ApproximateReceiveCount"],
            "staleHandleKeeps": hidden["ApproximateNumberOfMessagesNotVisible"],
            "freshHandleDeletes": gone["ApproximateNumberOfMessagesNotVisible"],
            "refusals": refusals,
            "queueLeft": left,
        }
    )
)
