"""A page: what has a title above its text. Topics of forums, articles of blogs.

Here `summary` is an excerpt, not a warning, and `sensitive` marks what is not safe for work.  Labels that a forum gives
its topics stand in `tag`: {"type":"CommunityPostTag","id","preferredUsername","name"} (Lemmy 1.0), PieFed's flair likewise.
"""

from typing import Any

from federation import vocabulary as v
from federation.activity import Activity
from federation.kinds import attaching, note, reading, rendering
from node import html, ids
from node.network import topics
from node.posts import posts
from node.posts.posts import New
from node.store import Database, Row
from node.text import base, one_line

KIND = "page"
TYPE = "Page"
LANGUAGES = {"ar": "العربية", "fr": "Français", "en": "English"}
SOLVED = {"ar": "محلول", "fr": "résolu"}  # the hashtag for those who do not know asso:solution
LABELS = frozenset((
    "CommunityPostTag", "CommunityTag", "lemmy:CommunityPostTag", "lemmy:CommunityTag",
))  # fmt: skip
MOST_LABELS, LONGEST_LABEL = 5, 40
EXCERPT = 280  # characters, for those who show only that


def read(db: Database, activity: Activity, author: Row, now: int) -> New:
    """A peer's Page or Article; the link it is about stands in details.link."""
    new = reading.base(db, activity, author, KIND, now)
    if new.warning:
        new.details["excerpt"], new.warning = new.warning, ""
    labels = _labels(activity.embedded)
    if labels:
        new.details["labels"] = labels
    for one in v.as_list(activity.embedded.get("attachment"))[:8]:
        if isinstance(one, dict) and v.type_of(one) == "Link" and v.is_web(one.get("href")):
            new.details["link"] = one["href"]
            new.media = new.media or attaching.behind(one)
            break
    image = activity.embedded.get("image")
    if not new.media and isinstance(image, dict) and v.link(image.get("url")):
        new.media = attaching.attachments({"attachment": [{**image, "type": "Image"}]})
    return new


def _labels(found: dict[str, Any]) -> list[str]:
    """What the forum calls this kind of topic, once each, as its people read it."""
    said = [one for one in v.as_list(found.get("tag"))[:50] if isinstance(one, dict) and v.type_of(one) in LABELS]
    names = [one.get("name") or one.get("display_name") or one.get("preferredUsername") for one in said]
    plain = [one_line(html.plain(html.clean(name)), LONGEST_LABEL) for name in names if isinstance(name, str)]
    return [name for name in dict.fromkeys(plain) if name][:MOST_LABELS]


def render(db: Database, post: Row) -> dict[str, Any]:
    """Our Page: a topic of a forum.  A forum that chose so has Notes instead, whole in microblogs."""
    if posts.details(post).get("shape") == note.TYPE:
        return _solved(db, post, _as_note(db, post))
    found = rendering.document(db, post, TYPE)
    found["name"] = post["title"]
    words = " ".join(html.plain(post["content"]).split())
    found["summary"] = "<p>" + html.escape(words if len(words) <= EXCERPT else words[: EXCERPT - 1] + "…") + "</p>"
    found["mediaType"] = "text/html"
    found["commentsEnabled"] = not post["locked"]
    language = base(rendering.wire_language(post["language"])) if post["language"] else ""
    if language in LANGUAGES:
        found["language"] = {"identifier": language, "name": LANGUAGES[language]}
    if post["source"]:
        found["source"] = {"content": post["source"], "mediaType": "text/markdown"}
    return _solved(db, post, found)


def _as_note(db: Database, post: Row) -> dict[str, Any]:
    """A Note whose first paragraph is its title: Mastodon shows no `name`."""
    found = note.render(db, post)
    title = f"<p><strong>{html.escape(post['title'])}</strong></p>"
    found["content"] = title + found["content"]
    if "contentMap" in found:
        found["contentMap"] = {tag: title + text for tag, text in found["contentMap"].items()}
    found["commentsEnabled"] = not post["locked"]
    return found


def _solved(db: Database, post: Row, found: dict[str, Any]) -> dict[str, Any]:
    """The document with the mark of what solved the topic, and a date that makes it news."""
    mark = topics.mark(db, post["id"])
    if mark is None or mark["solved"] is None:
        return found
    found["updated"] = ids.rfc3339(max(mark["solved"], (post["edited"] or post["published"]) + 1000))
    if mark["uri"]:
        found["asso:solution"] = mark["uri"]
        word = SOLVED.get(base(post["language"]), "solved")
        found["tag"] = [*found["tag"], rendering.hashtag(db, word)]
    return found
