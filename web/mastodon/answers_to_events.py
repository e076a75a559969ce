"""An event is answered by an app that knows no events: «حاضر», "je viens", "+1" come, «لن أحضر» does not."""

import re

from federation.handlers import join
from node.errors import NodeError
from node.posts import posts
from node.store import Database, Row
from node.text import fold

COMING = frozenset(
    fold(one) for one in ("حاضر", "حاضرة", "سأحضر", "je viens", "présent", "présente", "+1", "i'm coming")
)
NOT_COMING = frozenset(fold(one) for one in ("لن أحضر", "je ne viens pas", "absent", "absente", "-1", "not coming"))
_HANDLE = re.compile(r"@[\w.-]+(?:@[\w.:-]+)?")


def read(db: Database, actor: Row, post: Row, now: int) -> None:
    """The reply counts as an answer when it says nothing else; where she may not come the reply stays a reply."""
    if post["reply_to"] is None:
        return
    event = posts.get(db, post["reply_to"])
    words = fold(" ".join(_HANDLE.sub(" ", post["source"]).split()).strip(" .!؟?،"))
    if event["kind"] != "event" or words not in COMING | NOT_COMING:
        return
    try:
        if words in COMING:
            join.ask(db, actor, event, now)
        else:
            join.leave(db, actor, event, now)
    except NodeError:
        return
