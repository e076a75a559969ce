"""What forums like Lemmy hear of a Group only when a person says it: that it is another now, that it is gone.

    {"type":"Announce","actor":G,"object":{"type":"Update"|"Delete","actor":MODERATOR,"object":G,"audience":G,…},…}

They read no act by a Group; others get the Group's own Update and Delete.
"""

from typing import Any

from federation import audience, speak
from federation import vocabulary as v
from node import hosts, ids
from node.network import moderators
from node.store import Database, Row

READ_SO = frozenset(("lemmy", "piefed"))


def say(db: Database, group: Row, kind: str, obj: Any, now: int, *, by: Row | None = None) -> None:
    """Our Group's members there hear it, as said by this moderator, or by one of those who are listed."""
    inboxes = [one for one in audience.inboxes_of_followers(db, group["id"]) if hosts.software(db, one[1]) in READ_SO]
    person = by if by is not None and by["type"] != "Group" else _one_of(db, group)
    if not inboxes or person is None:
        return
    inner = {
        "id": f"{person['uri']}#{kind.lower()}s/{ids.new(now)}", "type": kind, "actor": person["uri"],
        "object": {key: value for key, value in obj.items() if key != "@context"} if isinstance(obj, dict) else obj,
        "to": [v.PUBLIC, group["uri"]], "cc": [group["uri"]], "audience": group["uri"],
    }  # fmt: skip
    speak.say(db, group, "Announce", inner, inboxes, now, to=[v.PUBLIC], cc=[group["followers"]])


def _one_of(db: Database, group: Row) -> Row | None:
    listed = [one for one in moderators.of(db, group["id"]) if one["local"] and one["type"] == "Person"]
    return listed[0] if listed else None
