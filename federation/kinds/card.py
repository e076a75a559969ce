"""Anything else that has words and an address: shown as a title, what it says of itself, and a link."""

from typing import Any

from federation import vocabulary as v
from federation.activity import Activity
from federation.kinds import attaching, note, reading
from node import html
from node.errors import Invalid
from node.posts.posts import New
from node.store import Database, Row

KIND = "card"


def read(db: Database, activity: Activity, author: Row, now: int) -> New:
    """A peer's Video, Audio, episode or thing of a kind that we do not know.

    Raises Invalid when it has neither words nor a name.
    """
    new = reading.base(db, activity, author, KIND, now)
    about = activity.embedded.get("description")
    if not new.content and isinstance(about, dict):  # Castopod's episodes
        new.content, new.contents, new.language = reading.words(about)
    new.media = attaching.itself(activity.embedded) or new.media
    if not new.content and not new.title and not new.media:
        raise Invalid("This says nothing that we could show.", uri=new.uri)
    if new.warning:
        new.content = new.content or f"<p>{html.escape(new.warning)}</p>"
        new.warning = ""
    new.document = v.dump(activity.embedded)  # the day we know its kind, it can be read again
    shown = html.escape(new.title or new.url)
    new.content += html.clean(f'<p><a href="{html.escape(new.url)}">{shown}</a></p>')
    return new


def render(db: Database, post: Row) -> dict[str, Any]:
    """We write no such things ourselves."""
    return note.render(db, post)
