"""What tests of the moderators' API share: their scopes, and something to decide about."""

from tests.web.apps import say

ADMIN = "read write admin:read admin:write"


async def report(node):
    """The id of a report that Amal made about a status of Yto's."""
    said = await say(node, node.token("yto"), "bad words")
    sent = {"account_id": said["account"]["id"], "status_ids": [said["id"]], "comment": "why"}
    return (await node.api("POST", "/api/v1/reports", node.token(), json=sent))["id"]
