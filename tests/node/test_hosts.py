"""Whom we speak with: the operator's choice for a host holds for all that belongs to it."""

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from federation import audience
from node import hosts
from node import settings as kept
from node.store import Database

NAMES = ("example", "peer.example", "sub.peer.example", "friend.example", "other.test", "127.0.0.1", "[::1]")
HOSTS = st.builds("".join, st.tuples(st.sampled_from(NAMES), st.sampled_from(("", ":8001", ":443"))))
CHOICES = st.dictionaries(HOSTS, st.sampled_from(("", "allow", "silence", "block")), max_size=5)


def test_a_choice_for_a_domain_is_one_for_each_host_below_it(db: Database) -> None:
    hosts.decide(db, "peer.example", "block")
    hosts.decide(db, "friend.peer.example", "allow")
    asked = {"peer.example", "sub.peer.example:8001", "friend.peer.example", "notpeer.example", "example"}
    assert hosts.refused(db, asked) == {"peer.example", "sub.peer.example:8001"}
    kept.choose(db, "network", "closed")
    assert hosts.refused(db, asked) == asked - {"friend.peer.example"}


@given(chosen=CHOICES, asked=st.sets(HOSTS, max_size=6), closed=st.booleans())
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_many_are_judged_as_each_is_alone(db: Database, chosen: dict[str, str], asked: set[str], closed: bool) -> None:
    db.execute("delete from hosts")
    kept.choose(db, "network", "closed" if closed else "open")
    for host, choice in chosen.items():
        hosts.decide(db, host, choice)
    assert hosts.refused(db, asked) == {host for host in asked if hosts.refuses(db, host)}


def test_a_letter_to_many_asks_for_all_their_hosts_at_once(db: Database) -> None:
    hosts.decide(db, "h7.example", "block")
    inboxes = [(f"https://h{number}.example/users/a/inbox", "") for number in range(200)]
    asked: list[str] = []
    db.conn.set_trace_callback(asked.append)
    found = audience.fold(db, inboxes)
    db.conn.set_trace_callback(None)
    assert len(found) == 199 and "h7.example" not in {host for _, host in found}
    assert len(asked) <= 3
