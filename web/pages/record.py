"""What stands in the record, in words: the names of acts as node/care/audit keeps them."""

from node.text import mark
from web import words

ACTS = {
    "publish": mark("published"), "edit": mark("changed it"), "delete": mark("deleted"), "profile": mark("changed the profile"),
    "pictures": mark("changed logo or banner"),
    "message": mark("wrote a message"), "boost": mark("shared"), "unboost": mark("took a share back"),
    "follow": mark("followed"), "unfollow": mark("unfollowed"), "authorize": mark("accepted a follower"),
    "mute": mark("muted an account"), "unmute": mark("reads an account again"),
    "reject": mark("refused a follower"), "block": mark("blocked an account"), "unblock": mark("unblocked an account"),
    "join accepted": mark("let in"), "join refused": mark("did not let in"), "report nothing": mark("settled a report"),
    "report hide": mark("removed reported posts"), "report silence": mark("silenced an account"),
    "report shut": mark("shut an account out"), "setting": mark("changed a setting"),
    "announced": mark("told every member something"), "announcement changed": mark("changed what every member is told"),
    "announcement ended": mark("ended what every member is told"),
    "backup": mark("made a copy of the node"),
    "account silence": mark("silenced an account"), "account unsilence": mark("let an account be heard again"),
    "account shut": mark("shut an account out"), "account restore": mark("let an account in again"),
    "account reset": mark("made a link for a new password"), "account role member": mark("changed a role"),
    "account role moderator": mark("changed a role"), "account role admin": mark("changed a role"),
    "account two steps off": mark("turned two-step verification off for an account"),
    "project begun": mark("began a project"), "project changed": mark("changed a project"),
    "closed": mark("deleted for ever"),
    "quote ended": mark("took back the consent to a quote"),
    "partner asked": mark("asked for a partnership"), "partner ended": mark("ended a partnership"),
    "organises with": mark("organises an event with another"), "organises no more": mark("left an event to others"),
    "declined to organise": mark("declined to organise an event"),
    "partner accepted": mark("accepted a partnership"), "partner refused": mark("declined a partnership"),
}  # fmt: skip
# Acts whose name goes on with what was chosen.
BEGIN = {
    "host": mark("decided about a server"),
    "account": mark("decided about an account"),
    "network": mark("decided about an address on the network"),
    "mail": mark("decided about addresses of mail"),
    "trend": mark("decided what is shown as most read"),
    "report": mark("looked after a report"),
    "team joined": mark("joined the team"),
    "team": mark("changed the team"),
    "topic": mark("decided about a topic"),
}


def say(act: str) -> str:
    """The act in the reader's language; as it is kept where we have no words for it."""
    if act in ACTS:
        return words.say(ACTS[act])
    for start, sentence in BEGIN.items():
        if act.startswith(start + " "):
            return words.say(sentence)
    return act
