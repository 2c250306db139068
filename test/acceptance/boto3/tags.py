"""Vaults and tags through the client interface."""
from session import client, emit, strip

glacier = client()
VAULT = "boto3.tags"
created = [glacier.create_vault(vaultName=VAULT), glacier.create_vault(vaultName=VAULT)]
described = glacier.describe_vault(vaultName=VAULT)
glacier.add_tags_to_vault(vaultName=VAULT, Tags={"b": "2", "a": "1", "note": "x + y = z/@._-"})
glacier.add_tags_to_vault(vaultName=VAULT, Tags={"a": "one"})
tagged = glacier.list_tags_for_vault(vaultName=VAULT)["Tags"]
glacier.remove_tags_from_vault(vaultName=VAULT, TagKeys=["b", "never"])
left = glacier.list_tags_for_vault(vaultName=VAULT)["Tags"]
deleted = glacier.delete_vault(vaultName=VAULT)
emit(
    {
        "created": [strip(answer) for answer in created],
        "statuses": [answer["ResponseMetadata"]["HTTPStatusCode"] for answer in (*created, deleted)],
        "described": strip(described),
        "tagged": tagged,
        "left": left,
        "elsewhere": client(region_name="ap-south-1").list_vaults()["VaultList"],
    }
)
