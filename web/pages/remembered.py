"""A form of writing as a draft remembers it: texts by name, and lists of texts as JSON."""

import json
from dataclasses import dataclass, fields
from typing import Self


@dataclass(slots=True)
class Remembered:
    """A form whose fields are all texts or lists of texts.  Its key marks one sending: no draft remembers it."""

    def kept(self) -> dict[str, str]:
        """What a draft remembers: what is not empty."""
        said = {one.name: getattr(self, one.name) for one in fields(self) if one.name != "key"}
        return {
            name: value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
            for name, value in said.items()
            if value
        }

    @classmethod
    def restored(cls, body: dict[str, str]) -> Self:
        """The form as it was remembered."""
        made = cls()
        for one in fields(cls):
            if one.name == "key" or one.name not in body:
                continue
            value = getattr(made, one.name)
            setattr(made, one.name, body[one.name] if isinstance(value, str) else _texts(body[one.name]))
        return made


def _texts(value: str) -> list[str]:
    return [str(one) for one in json.loads(value)]
