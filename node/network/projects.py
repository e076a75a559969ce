"""Projects, ours and peers': whose they are, their stages, how far they are.

What a peer's project says is kept in the same rows, so that pages and lists need one way
of asking.  With whom stands in node/network/partners.
"""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from dataclasses import field as with_default
from typing import Any

from node import changes, html, ids
from node.errors import Invalid, NotFound
from node.network import fields, regions
from node.network.associations import both
from node.people import actors
from node.store import Database, Row
from node.text import one_line

STATUSES = {
    "idea": ("فكرة", "Idée"),
    "planned": ("مبرمج", "Prévu"),
    "active": ("قيد الإنجاز", "En cours"),
    "paused": ("متوقف مؤقتا", "En pause"),
    "completed": ("مكتمل", "Terminé"),
    "cancelled": ("ملغى", "Annulé"),
}
MOST = 50  # stages, places, funders, partners


@dataclass(frozen=True, slots=True)
class Facts:
    """funders: name, uri, amount, currency; budget: amount (decimal text), currency, shown; target and reached count people."""

    places: list[str] = with_default(default_factory=list)
    fields: list[str] = with_default(default_factory=list)
    funders: list[dict[str, str]] = with_default(default_factory=list)
    target: int | None = None
    reached: int | None = None
    budget: dict[str, Any] = with_default(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Stage:
    """number 0 is given when it is kept; titles by language; times are ms; progress 0-100."""

    titles: dict[str, str]
    starts: int | None = None
    ends: int | None = None
    progress: int = 0
    done: bool = False
    number: int = 0


@dataclass(frozen=True, slots=True)
class Project:
    """owner_uri is the association's; progress None is the mean of the stages."""

    owner_uri: str
    owner: int | None = None
    status: str = "planned"
    progress: int | None = None
    starts: int | None = None
    ends: int | None = None
    facts: Facts = with_default(default_factory=Facts)


# ── kept ──────────────────────────────────────────────────────────────────────


def check(project: Project) -> Project:
    """The project with known codes and figures within bounds.  Raises Invalid, saying what is wrong."""
    if project.status not in STATUSES:
        raise Invalid("There is no status called {status}. Possible are: {statuses}.",
                      status=project.status, statuses=", ".join(STATUSES))  # fmt: skip
    if project.progress is not None and not 0 <= project.progress <= 100:
        raise Invalid("Progress is between 0 and 100.")
    if project.starts is not None and project.ends is not None and project.ends < project.starts:
        raise Invalid("It cannot end before it begins.")
    for code in project.facts.places:
        regions.check(code)
    for slug in project.facts.fields:
        fields.check_field(slug)
    for count in (project.facts.target, project.facts.reached):
        if count is not None and not 0 <= count < 10**9:
            raise Invalid("This is no number of people.")
    return project


def keep(db: Database, actor: int, project: Project, now: int) -> None:
    """The Group is this project from now on; what stood there before is replaced, its stages and partners stay."""
    facts = project.facts
    db.execute(
        """
        insert into projects (actor, owner, owner_uri, status, progress, starts, ends, region, field, facts, updated)
        values (:actor, :owner, :owner_uri, :status, :progress, :starts, :ends, :region, :field, :facts, :now)
        on conflict (actor) do update
           set owner = excluded.owner, owner_uri = excluded.owner_uri, status = excluded.status,
               progress = excluded.progress, starts = excluded.starts, ends = excluded.ends, region = excluded.region,
               field = excluded.field, facts = excluded.facts, updated = excluded.updated
        """,
        {
            "actor": actor, "owner": project.owner, "owner_uri": project.owner_uri, "status": project.status,
            "progress": project.progress, "starts": project.starts, "ends": project.ends,
            "region": regions.path_of(facts.places), "field": facts.fields[0] if facts.fields else "",
            "facts": json.dumps(asdict(facts), ensure_ascii=False), "now": now,
        },
    )  # fmt: skip
    touch(db, actor, now)


def touch(db: Database, actor: int, now: int) -> None:
    """What shows the project is made anew; the lines that apps see say how it stands."""
    db.execute("update projects set updated = ? where actor = ?", (now, actor))
    row = actors.get(db, actor)
    if row["local"]:
        actors.change(db, actor, now, fields=lines(db, actor))
    changes.note(db, "actor", actor)


def get(db: Database, actor: int) -> Project:
    """The project behind a Group.  Raises NotFound."""
    found = find(db, actor)
    if found is None:
        raise NotFound("There is no such project.", actor=actor)
    return found


def find(db: Database, actor: int) -> Project | None:
    """The project behind a Group, when it is one."""
    row = db.row("select * from projects where actor = ?", (actor,))
    if row is None:
        return None
    return Project(row["owner_uri"], row["owner"], row["status"], row["progress"], row["starts"], row["ends"],
                   Facts(**json.loads(row["facts"])))  # fmt: skip


def set_status(db: Database, actor: int, status: str, now: int) -> None:
    """The project has this status.  Raises Invalid for an unknown one."""
    if status not in STATUSES:
        raise Invalid("There is no status called {status}. Possible are: {statuses}.",
                      status=status, statuses=", ".join(STATUSES))  # fmt: skip
    db.execute("update projects set status = ? where actor = ?", (status, actor))
    touch(db, actor, now)


def set_progress(db: Database, actor: int, progress: int | None, now: int) -> None:
    """So far it is, 0 to 100; None: as far as its stages are."""
    kept = None if progress is None else max(0, min(100, progress))
    db.execute("update projects set progress = ? where actor = ?", (kept, actor))
    touch(db, actor, now)


def progress(db: Database, actor: int) -> int:
    """0 to 100: as declared, else the mean of the stages."""
    declared = db.value("select progress from projects where actor = ?", (actor,))
    if declared is not None:
        return int(declared)
    mean = db.value("select avg(case when done then 100 else progress end) from stages where project = ?", (actor,))
    return round(mean or 0)


# ── stages ────────────────────────────────────────────────────────────────────


def stages(db: Database, actor: int) -> list[Stage]:
    """The stages in their order."""
    return [
        Stage(json.loads(row["titles"]), row["starts"], row["ends"], row["progress"], bool(row["done"]), row["number"])
        for row in db.rows("select * from stages where project = ? order by position, number", (actor,))
    ]


def state_of(stage: Stage, now: int) -> str:
    """`done`, `late`, `started` or `planned`."""
    if stage.done:
        return "done"
    if stage.ends is not None and stage.ends < now:
        return "late"
    return "started" if stage.progress > 0 or (stage.starts is not None and stage.starts <= now) else "planned"


def set_stages(db: Database, actor: int, listed: Sequence[Stage], now: int) -> bool:
    """Exactly these stages, in this order; those with a number keep it, others are given a new one; false when they were.

    Raises Invalid for too many, and for one without a title.
    """
    if len(listed) > MOST:
        raise Invalid("A project has at most {count} stages.", count=MOST)
    last = db.value("select ifnull(max(number), 0) from stages where project = ?", (actor,))
    meant = _numbered([_checked(one) for one in listed], last)
    if meant == stages(db, actor):
        return False
    db.execute("delete from stages where project = ?", (actor,))
    for position, one in enumerate(meant):
        db.execute(
            """
            insert into stages (project, number, position, titles, starts, ends, progress, done)
            values (?, ?, ?, ?, ?, ?, ?, ?)
            """,
            (actor, one.number, position, json.dumps(one.titles, ensure_ascii=False), one.starts, one.ends, one.progress,
             int(one.done)),
        )  # fmt: skip
    touch(db, actor, now)
    return True


def _checked(stage: Stage) -> Stage:
    titles = {tag: one_line(text, 200) for tag, text in stage.titles.items() if one_line(text, 200)}
    if not titles:
        raise Invalid("A stage needs a title.")
    return replace(stage, titles=titles, progress=100 if stage.done else max(0, min(100, stage.progress)))


def _numbered(listed: list[Stage], last: int) -> list[Stage]:
    """Each with a number; new ones count on from the highest that was ever in use."""
    last = max([last, *(one.number for one in listed)])
    found = []
    for one in listed:
        last += 0 if one.number else 1
        found.append(one if one.number else replace(one, number=last))
    return found


def set_stage(db: Database, actor: int, number: int, progress: int, now: int) -> bool:
    """The stage is so far, done at 100; false when there is none of this number."""
    kept = max(0, min(100, progress))
    changed = db.execute(
        "update stages set progress = ?, done = ? where project = ? and number = ?",
        (kept, int(kept == 100), actor, number),
    ).rowcount
    if changed:
        touch(db, actor, now)
    return bool(changed)


# ── lists ─────────────────────────────────────────────────────────────────────

_LIST = """
select actors.*, projects.owner, projects.owner_uri, projects.status, projects.starts, projects.ends,
       projects.region as place, projects.field, projects.updated as moved
  from projects join actors on actors.id = projects.actor
 where actors.gone is null
"""


def of_owner(db: Database, owner: int) -> list[Row]:
    """Projects that the association leads, the last moved first."""
    return db.rows(_LIST + " and projects.owner = ? order by projects.updated desc", (owner,)).fetchall()


def has_later_figures(db: Database, project: int, post: int) -> bool:
    """Whether an update later than this post says how far the project is."""
    sql = """
        select 1 from posts where place = ? and kind = 'update' and id > ?
           and json_extract(details, '$."asso:project"') is not null limit 1
        """
    return bool(db.value(sql, (project, post)))


def team(db: Database, project: int) -> list[int]:
    """Ids of the associations that carry it: its owner and its confirmed partners."""
    return [
        row[0]
        for row in db.rows(
            """
            select owner from projects where actor = :project and owner is not null
             union
            select actor from partners
             where project = :project and actor is not null and state = 'accepted' and confirmed is not null
            """,
            {"project": project},
        )
    ]


def with_partner(db: Database, association: int) -> list[Row]:
    """Projects in which the association is a confirmed partner, the last moved first."""
    return db.rows(
        _LIST
        + """ and exists (select 1 from partners where partners.project = projects.actor and partners.actor = ?
                            and partners.state = 'accepted' and partners.confirmed is not null)
              order by projects.updated desc""",
        (association,),
    ).fetchall()


def every(db: Database, *, status: str = "", field: str = "", region: str = "", before: int | None = None,
          limit: int = 20) -> list[Row]:  # fmt: skip
    """Projects known here, the last moved first; before: `moved` of the last one seen."""
    path = regions.path_of([region]) if region else ""
    return db.rows(
        _LIST
        + """ and (:status = '' or projects.status = :status) and (:field = '' or projects.field = :field)
              and projects.region >= :path and projects.region < :beyond and projects.updated < :before
              order by projects.updated desc limit :limit""",
        {
            "status": status, "field": field, "path": path, "beyond": path + "\U0010ffff",
            "before": before or 2**62, "limit": limit,
        },
    ).fetchall()  # fmt: skip


def count(db: Database) -> int:
    """How many projects are known."""
    return int(db.value("select count(*) from projects join actors on actors.id = projects.actor where gone is null"))


# ── what apps see ─────────────────────────────────────────────────────────────


def lines(db: Database, actor: int) -> list[list[Any]]:
    """Four lines in Arabic and French: how it stands, where, when, with whom."""
    project = get(db, actor)
    arabic, french = STATUSES.get(project.status, (project.status, project.status))
    places = project.facts.places
    confirmed = db.rows(
        """
        select actors.display, actors.name from partners join actors on actors.id = partners.actor
         where partners.project = ? and partners.state = 'accepted' and partners.confirmed is not null
         order by partners.at limit 5
        """,
        (actor,),
    ).fetchall()
    found = [
        ("الحالة · État", f"{both(arabic, french)}, {progress(db, actor)} %"),
        ("الجهة · Région", both("، ".join(regions.label(one, "ar") for one in places),
                                ", ".join(regions.label(one, "fr") for one in places))),
        ("المدة · Durée", " → ".join(_month(at) for at in (project.starts, project.ends) if at is not None)),
        ("الشركاء · Partenaires", html.escape(", ".join(row[0] or row[1] for row in confirmed))),
    ]  # fmt: skip
    return [[name, value, None] for name, value in found if value]


def _month(at: int) -> str:
    return ids.moment(at).strftime("%Y-%m")
