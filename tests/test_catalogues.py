"""The catalogues of a language fit together: several files, one voice."""

from collections import defaultdict

import pytest

from tests.messages import LOCALES, read


@pytest.mark.parametrize("language", ["ar", "fr", "zgh"])
def test_no_message_is_said_in_two_ways(language):
    said: dict[str, dict[str, str]] = defaultdict(dict)
    for path in sorted((LOCALES / language / "LC_MESSAGES").glob("*.po")):
        for message in read(path, language):
            if message.id and message.string:
                said[str(message.id)][path.name] = str(message.string)

    assert {key: words for key, words in said.items() if len(set(words.values())) > 1} == {}
