"""Log lines: a past-tense event and named facts, so that `grep "delivery failed"` counts.

Ids only: never bodies, tokens or addresses of people.
"""

import logging
import sys
from typing import Any

SECRET = ("password", "token", "secret", "authorization", "cookie", "email", "body")


class Log:
    """Writes `event name=value …` under the name of the module that asked for it."""

    def __init__(self, name: str) -> None:
        self._logger = logging.getLogger(f"tashbik.{name}")

    def info(self, event: str, **facts: Any) -> None:
        if self._logger.isEnabledFor(logging.INFO):
            self._logger.info(_line(event, facts))

    def warning(self, event: str, **facts: Any) -> None:
        self._logger.warning(_line(event, facts))

    def error(self, event: str, **facts: Any) -> None:
        """For our own bugs; the current exception's trace goes with it."""
        self._logger.error(_line(event, facts), exc_info=sys.exc_info()[0] is not None)


def _line(event: str, facts: dict[str, Any]) -> str:
    said = [
        f"{name}={str(value)[:300]!r}" if " " in str(value) else f"{name}={str(value)[:300]}"
        for name, value in facts.items()
        if name not in SECRET
    ]
    line = " ".join([event, *said])
    return "".join(c if c.isprintable() else "·" for c in line)


def to_stderr(level: str) -> None:
    """All lines from `level` up (debug, info, warning, error) go to standard error."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(logging.Formatter("%(levelname)-7s %(name)s  %(message)s"))
    root = logging.getLogger("tashbik")
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    root.propagate = False
