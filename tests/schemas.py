"""Every answer to an app, held against the schemas of the field where these lie beside the checkout."""

import json
import re
from functools import cache
from pathlib import Path
from typing import Any

from tests import strict

FOLDER = Path(__file__).parents[2] / "shared" / "data" / "mastodon_schemas"


def validate(method: str, path: str, found: Any) -> None:
    """Raises AssertionError for an answer of 2xx that an app could not read; says nothing without the schemas."""
    if not FOLDER.is_dir():
        return
    path = path.partition("?")[0]
    for route in routes():
        if route["method"] == method and re.match(route["regex"], path):
            for one in found if route["array"] else [found]:
                errors = sorted(validator(route["schema"]).iter_errors(one), key=lambda error: list(error.path))
                assert not errors, f"{method} {path} is no {route['schema']}: " + "; ".join(
                    f"{list(error.absolute_path)}: {error.message[:200]}" for error in errors[:3]
                )
                told = strict.complaints(route["schema"], one) if isinstance(one, dict) and one else []
                assert not told, f"{method} {path} breaks strict apps: " + "; ".join(told[:3])
            return


@cache
def routes() -> list[dict[str, Any]]:
    """Fixed paths before those with parameters, so that `/lookup` is no id."""
    found: list[dict[str, Any]] = json.loads((FOLDER / "routes.json").read_text())
    return sorted(found, key=lambda route: route["path"].count(":"))


@cache
def validator(name: str) -> Any:
    from jsonschema import Draft202012Validator, FormatChecker

    return Draft202012Validator(
        {"$ref": f"urn:mastodon-api:{name}"}, registry=_registry(), format_checker=FormatChecker()
    )


@cache
def _registry() -> Any:
    from referencing import Registry, Resource

    found = Registry()
    for path in FOLDER.glob("*.json"):
        if path.name != "routes.json":
            found = found.with_resource(
                f"urn:mastodon-api:{path.stem}", Resource.from_contents(json.loads(path.read_text()))
            )
    return found
