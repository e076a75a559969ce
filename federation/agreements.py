"""An association's Accept of an Offer to be a partner, of a project or in an event: one reading for both."""

from collections.abc import Collection
from typing import Any

from federation import vocabulary as v
from node.store import Row


def holds(accept: dict[str, Any], kept: Row, owners: Collection[str], term: str, subject: str) -> bool:
    """Whether this is the Accept that `kept` names, by its association, of an Offer by one of the owners.

    term: how the Partnership names its subject, `asso:project` or `asso:event`; subject: the URI that must stand there.
    """
    offer = accept.get("object")
    if not isinstance(offer, dict) or v.type_of(accept) != "Accept" or v.type_of(offer) != "Offer":
        return False
    offered, owner = offer.get("object"), v.one_id(offer.get("actor"))
    return (
        v.one_id(accept) == kept["agreement"]
        and v.one_id(accept.get("actor")) == kept["uri"]
        and v.one_id(offer.get("target")) == kept["uri"]
        and bool(owner)
        and owner in owners
        and isinstance(offered, dict)
        and v.type_of(offered) == "asso:Partnership"
        and v.one_id(offered.get(term)) == subject
    )
