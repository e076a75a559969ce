"""Everything we can refuse, and why.

NodeError
├── Invalid        the request makes no sense as it stands
├── Unproven       nobody we can identify stands behind it
├── Forbidden      we know who asks, and they may not
├── NotFound       it is not here, or not theirs to see
├── Gone           it was here, and was deleted on purpose
├── Conflict       it is here already, or has changed meanwhile
├── TooLarge       more than we take at once
├── Busy           not now; the same again later may work
└── Unreachable    a peer did not answer; worth trying again

Raise these anywhere.  Only web/errors.py turns them into HTTP, and only
federation/worker.py decides whether to try again.
"""


class NodeError(Exception):
    """A refusal with a stable code for machines and a sentence for people.

    sentence is a message id of the catalogues, perhaps with {values}; it is
    translated only when shown.  facts fill its values and go to the log; those
    that the sentence does not name are never shown.
    """

    code = "internal"

    def __init__(self, sentence: str, **facts: object) -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.facts = facts

    def __str__(self) -> str:
        return self.sentence.format_map(_Blanks(self.facts))


class _Blanks(dict[str, object]):
    def __missing__(self, key: str) -> str:
        return "{" + key + "}"


class Invalid(NodeError):
    code = "invalid"


class Unproven(NodeError):
    code = "unproven"


class Forbidden(NodeError):
    code = "forbidden"


class NotFound(NodeError):
    code = "not_found"


class Gone(NodeError):
    code = "gone"


class Conflict(NodeError):
    code = "conflict"


class TooLarge(NodeError):
    code = "too_large"


class Busy(NodeError):
    """after: seconds until another try makes sense."""

    code = "busy"

    def __init__(self, sentence: str, *, after: int = 60, **facts: object) -> None:
        super().__init__(sentence, after=after, **facts)
        self.after = after


class Unreachable(NodeError):
    code = "unreachable"
