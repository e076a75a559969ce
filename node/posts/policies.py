"""Whose doings a member wants to hear of: all, kept back for her to look at, or none, by what they are to her."""

from node import ids
from node.errors import Invalid
from node.people import follows
from node.store import Database, Row

CHOICES = ("accept", "filter", "drop")
COLUMNS = ("not_following", "not_followers", "new_accounts", "private_mentions", "limited_accounts")
NEW = 30 * 86_400_000  # ms for which an account is new
# Kinds that no policy keeps back: they come from the node, from those who moderate it, or were asked for.
EXEMPT = {"poll", "update", "status", "admin.sign_up", "admin.report", "partner", "letter", "severed_relationships",
          "moderation_warning", "removed", "shut", "reported", "appointed", "solution",
          "unpublished", "warned"}  # fmt: skip
# Members of associations write to people whom they do not follow yet: that is what the network is for.
_DEFAULTS = {"not_following": "accept", "not_followers": "accept", "new_accounts": "accept",
             "private_mentions": "accept", "limited_accounts": "filter"}  # fmt: skip


def of(db: Database, actor: int) -> dict[str, str]:
    """The actor's choices, by column."""
    known = db.row("select * from notification_policies where actor = ?", (actor,))
    return {name: known[name] for name in COLUMNS} if known is not None else dict(_DEFAULTS)


def choose(db: Database, actor: int, chosen: dict[str, str]) -> None:
    """The actor's choices are these, others as before.  Raises Invalid for what is no choice."""
    whole = of(db, actor) | chosen
    if any(value not in CHOICES for value in whole.values()) or set(whole) != set(COLUMNS):
        raise Invalid("Validation failed: Policy is not included in the list")
    db.execute(
        """
        insert into notification_policies (actor, not_following, not_followers, new_accounts, private_mentions,
                                           limited_accounts)
        values (:actor, :not_following, :not_followers, :new_accounts, :private_mentions, :limited_accounts)
        on conflict (actor) do update
           set not_following = excluded.not_following, not_followers = excluded.not_followers,
               new_accounts = excluded.new_accounts, private_mentions = excluded.private_mentions,
               limited_accounts = excluded.limited_accounts
        """,
        {"actor": actor, **whole},
    )


def permit(db: Database, actor: int, origin: int) -> None:
    """Nothing of this origin is kept back any more."""
    db.execute(
        "insert into notification_permissions (actor, origin) values (?, ?) on conflict do nothing", (actor, origin)
    )


def judge(db: Database, actor: int, kind: str, origin: int, post: int | None, now: int) -> str:
    """'accept', 'filter' or 'drop' for one notice: the strictest rule that fits, none for whom the actor follows."""
    if kind in EXEMPT or _follows(db, actor, origin):
        return "accept"
    if db.value("select 1 from notification_permissions where actor = ? and origin = ?", (actor, origin)):
        return "accept"
    chosen = of(db, actor)
    who = db.row("select id, published, silenced from actors where id = ?", (origin,))
    rules = [chosen["not_following"]]
    if not _follows(db, origin, actor):
        rules.append(chosen["not_followers"])
    if who is not None and (who["published"] or ids.time_of(who["id"])) > now - NEW:
        rules.append(chosen["new_accounts"])
    if who is not None and who["silenced"] is not None:
        rules.append(chosen["limited_accounts"])
    if kind == "mention" and post is not None and _is_unasked(db, actor, post):
        rules.append(chosen["private_mentions"])
    return max(rules, key=CHOICES.index)


def pending(db: Database, actor: int) -> Row:
    """(origins, notices) kept back."""
    found = db.row("select count(distinct origin), count(*) from notifications where actor = ? and filtered", (actor,))
    assert found is not None
    return found


def _follows(db: Database, follower: int, target: int) -> bool:
    known = follows.get(db, follower, target)
    return known is not None and known["state"] == "accepted"


def _is_unasked(db: Database, actor: int, post: int) -> bool:
    """A direct post in a conversation in which the actor never wrote."""
    return bool(
        db.value(
            """
            select 1 from posts where id = :post and visibility = 'direct'
               and not exists (select 1 from posts said where said.thread = posts.thread and said.author = :actor)
            """,
            {"post": post, "actor": actor},
        )
    )
