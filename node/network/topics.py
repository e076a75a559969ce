"""Topics in the order in which a forum shows them, and their answers; all through the visibility predicate."""

import json

from node.errors import NotFound
from node.posts import marks, notifications, posts, visibility
from node.store import Database, Row

PAGE = 30


def place(db: Database, post: Row) -> None:
    """The topic, or the answer's topic, stands where its last word puts it."""
    if post["id"] == post["thread"]:
        db.execute(
            """
            insert into topics (post, place, bumped) values (?, ?, ?)
            on conflict (post) do update set place = excluded.place
            """,
            (post["id"], post["place"], post["published"]),
        )
    settle(db, post["thread"])


def by_context(db: Database, place: int, context: str) -> Row | None:
    """The topic there whose first post names this conversation: forums that keep topics apart from posts speak of it so."""
    return db.row(
        """
        select posts.* from topics join posts on posts.id = topics.post
         where topics.place = ? and json_extract(posts.details, '$.context') = ? order by topics.bumped desc limit 1
        """,
        (place, context),
    )


def move(db: Database, topic: Row, target: int | None) -> None:
    """The topic stands in another place from now on with all its answers, or in none; pinned nowhere."""
    marks.unpin_in(db, topic["place"], topic["id"])
    posts.move(db, topic["id"], topic["place"], target)
    if target is None:
        db.execute("delete from topics where post = ?", (topic["id"],))
    else:
        place(db, posts.get(db, topic["id"]))


def settle(db: Database, thread: int, *, without: int = 0) -> None:
    """The topic's last word is found anew: after an answer came, went, or was hidden."""
    db.execute(
        """
        update topics
           set bumped = (select max(posts.published) from posts
                          where posts.thread = :thread and posts.boost_of is null and posts.id <> :without
                            and (posts.id = :thread or (posts.place = topics.place and posts.removed is null)))
         where post = :thread and :thread <> :without
        """,
        {"thread": thread, "without": without},
    )


def solve(db: Database, topic: int, reply: int | None, now: int) -> bool:
    """The reply solved the topic, or with None nothing did, and who wrote it here is told; false when that stood before."""
    before = db.value("select solution from topics where post = ?", (topic,))
    done = db.execute(
        "update topics set solution = :reply, solved = :now where post = :topic and solution is not :reply",
        {"topic": topic, "reply": reply, "now": now},
    ).rowcount
    if done:
        _tell_helper(db, topic, before, reply, now)
    return bool(done)


def _tell_helper(db: Database, topic: int, before: int | None, reply: int | None, now: int) -> None:
    asked = posts.get(db, topic)["author"]
    old = posts.by_id(db, before) if before is not None else None
    if old is not None:
        notifications.withdraw(db, old["author"], "solution", asked, old["id"])
    new = posts.by_id(db, reply) if reply is not None else None
    if new is not None and new["local"]:
        notifications.tell(db, new["author"], "solution", asked, new["id"], now)


def solved(db: Database, posts: list[int]) -> set[int]:
    """Those among the posts that hold an answer: topics with a solution, solutions, needs that were met."""
    return {
        row[0]
        for row in db.rows(
            """
            select post from topics where solution is not null and post in (select value from json_each(:posts))
             union
            select posts.id from posts join topics on topics.post = posts.thread and topics.solution = posts.id
             where posts.id in (select value from json_each(:posts))
             union
            select post from board where kind = 'need' and state = 'met' and post in (select value from json_each(:posts))
            """,
            {"posts": json.dumps(posts)},
        )
    }


def mark(db: Database, topic: int) -> Row | None:
    """When the topic was last marked, or the mark taken away (`solved`, null: never), and the `uri` of its solution."""
    return db.row(
        "select topics.solved, posts.uri from topics left join posts on posts.id = topics.solution"
        " and posts.removed is null where topics.post = ?",
        (topic,),
    )


def solved_by(db: Database, reply: int) -> int | None:
    """The topic whose solution this is, whether that is seen or not."""
    found: int | None = db.value("select post from topics where solution = ?", (reply,))
    return found


def solution(db: Database, topic: int) -> Row | None:
    """The post that solved it."""
    return db.row(
        "select posts.* from topics join posts on posts.id = topics.solution where topics.post = ?"
        " and posts.removed is null",
        (topic,),
    )


_SHOWN = (
    """
select posts.id, posts.kind, posts.uri, posts.title, posts.published, posts.edited, posts.locked, posts.language, posts.local,
       posts.likes, posts.author, posts.place, topics.bumped, topics.solution,
       topics.solution is not null as solved, chosen.pinned,
       author.name as author_name, author.host as author_host, author.display as author_display,
       author.icon as author_icon, author.url as author_url, posts.on_behalf,
       behalf.display as behalf_display, behalf.name as behalf_name, behalf.host as behalf_host,
       (select count(*) from posts answer
         where answer.thread = posts.id and answer.id <> posts.id and answer.boost_of is null
           and +answer.place = topics.place and """
    + visibility.of("answer")
    + """) as answers
  from chosen
  join topics on topics.post = chosen.post
  join posts on posts.id = topics.post
  join actors author on author.id = posts.author
  left join actors behalf on behalf.id = posts.on_behalf
 order by chosen.pinned desc, topics.bumped desc, topics.post desc limit :limit
"""
)
_PINNED = "exists (select 1 from pins where pins.actor = topics.place and pins.post = topics.post)"

# Which topics are shown is chosen along an index; only these are then looked at closely.
_OF = (
    """
with first (post, pinned) as (
    select topics.post, 1 from pins join topics on topics.post = pins.post join posts on posts.id = topics.post
     where :first and pins.actor = :place and topics.place = :place and """
    + visibility.POSTS
    + """
), rest (post, pinned) as (
    select topics.post, 0 from topics cross join posts on posts.id = topics.post
     where topics.place = :place and (topics.bumped, topics.post) < (:bumped, :last) and not """
    + _PINNED
    + " and "
    + visibility.POSTS
    + """
     order by topics.bumped desc, topics.post desc limit :limit
), chosen as (select * from first union all select * from rest)
"""
    + _SHOWN
)
_LATEST = (
    "with chosen (post, pinned) as (select topics.post, 0 from topics cross join posts on posts.id = topics.post"
    " cross join actors forum on forum.id = topics.place and forum.gone is null and (not :here or forum.local) where "
    + visibility.POSTS
    + " order by topics.bumped desc, topics.post desc limit :limit)"
    + _SHOWN
)
_ONE = (
    "with chosen (post, pinned) as (select topics.post, " + _PINNED + " from topics join posts on posts.id = topics.post"
    " where topics.post = :topic and " + visibility.POSTS + ")" + _SHOWN
)  # fmt: skip


def of(db: Database, place: int, viewer: int | None, *, before: tuple[int, int] | None = None,
       limit: int = PAGE) -> list[Row]:  # fmt: skip
    """A page of the forum's topics: pinned ones first, on the first page only, then the last answered first.

    Each has id, title, published, bumped (of the last answer), answers (how many), solved,
    pinned, locked, author_name/_host/_display/_icon/_url; author_host '' is here.
    before: (bumped, id) of the last topic of the page before.
    """
    bumped, last = before or (2**62, 2**62)
    values = {"place": place, "viewer": viewer, "first": before is None, "bumped": bumped, "last": last, "limit": limit}
    return db.rows(_OF, values).fetchall()


def latest(db: Database, viewer: int | None, *, here: bool = False, limit: int = PAGE) -> list[Row]:
    """Topics of all forums, the last answered first, as `of` shows them; here: of our own forums only."""
    return db.rows(_LATEST, {"viewer": viewer, "here": here, "limit": limit}).fetchall()


def one(db: Database, topic: int, viewer: int | None) -> Row:
    """One topic as `of` shows it.  Raises NotFound when it is none, or not the viewer's to see."""
    found = db.row(_ONE, {"topic": topic, "viewer": viewer, "limit": 1})
    if found is None:
        raise NotFound("There is no such topic.", topic=topic)
    return found


_ANSWERS = (
    """
with recursive shown as materialized (
    select posts.id, posts.reply_to, posts.published, posts.removed
      from posts
     where posts.thread = :topic and posts.id <> :topic and posts.boost_of is null
       and (+posts.place = :place or (posts.local and +posts.author = :viewer))
       and (posts.removed is not null or """
    + visibility.POSTS
    + """)
), rooted (id, root) as (
    select id, id from shown
     where reply_to is null or reply_to = :topic or reply_to not in (select id from shown)
    union all
    select shown.id, rooted.root from shown join rooted on shown.reply_to = rooted.id
)
select posts.id, posts.uri, posts.url, posts.reply_to, posts.published, posts.edited, posts.language, posts.local,
       posts.author, posts.likes, posts.removed, posts.place, posts.visibility, posts.warning, posts.sensitive,
       case when posts.removed is null then posts.content else '' end as content,
       case when posts.removed is null then posts.contents else '{}' end as contents,
       case when rooted.root = posts.id then 1 else 2 end as level, rooted.root,
       posts.id = (select solution from topics where post = :topic) as is_solution,
       (select reason from forum_log where forum_log.post = posts.id and forum_log.act = 'remove'
         order by forum_log.id desc limit 1) as reason,
       (select state from submissions where submissions.post = posts.id) as submission,
       exists (select 1 from reactions where reactions.post = posts.id and reactions.actor = :viewer
                and reactions.kind = 'like') as liked,
       author.name as author_name, author.host as author_host, author.display as author_display,
       author.icon as author_icon, author.url as author_url, author.type as author_type,
       answered.name as answered_name, answered.host as answered_host,
       posts.on_behalf, behalf.display as behalf_display, behalf.name as behalf_name, behalf.host as behalf_host
  from rooted
  join posts on posts.id = rooted.id
  join posts first on first.id = rooted.root
  join actors author on author.id = posts.author
  left join posts parent on parent.id = posts.reply_to and parent.id <> rooted.root
  left join actors answered on answered.id = parent.author
  left join actors behalf on behalf.id = posts.on_behalf
 order by first.published, first.id, level, posts.published, posts.id
 limit :limit offset :offset
"""
)


def answers(db: Database, topic: Row, viewer: int | None, *, page: int = 1) -> list[Row]:
    """A page of the topic's answers, oldest first, those to an answer under it.

    topic is a row of `one` or of posts.  Each has level 1 or 2 (deeper ones are shown at 2,
    with answered_name/_host), content, author_…, is_solution, liked (by the viewer),
    removed (ms or null; then content is '' and reason says why), submission ('waiting'
    or 'refused' for the viewer's own in a forum elsewhere).
    """
    return db.rows(
        _ANSWERS,
        {
            "topic": topic["id"], "place": topic["place"], "viewer": viewer,
            "limit": PAGE, "offset": (max(page, 1) - 1) * PAGE,
        },
    ).fetchall()  # fmt: skip


def count_answers(db: Database, topic: Row, viewer: int | None) -> int:
    """How many answers there are to page through, removed ones included."""
    return int(
        db.value(
            "select count(*) from posts where posts.thread = :topic and posts.id <> :topic and posts.boost_of is null"
            " and (+posts.place = :place or (posts.local and +posts.author = :viewer))"
            " and (posts.removed is not null or " + visibility.POSTS + ")",
            {"topic": topic["id"], "place": topic["place"], "viewer": viewer},
        )
    )


def on_one_page(db: Database, topic: Row, viewer: int | None) -> bool:
    """Whether all answers stand on the topic's first page."""
    return count_answers(db, topic, viewer) <= PAGE
