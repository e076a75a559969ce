"""What a short reply to an event says."""

import pytest

from node.network import replies


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("حاضر", "yes"), ("@bidra@casa.example حاضرٌ!", "yes"), ("سأحضر إن شاء الله", "yes"), ("غادي نجي", "yes"),
        ("Je viens", "yes"), ("j’y serai, avec plaisir !", "yes"), ("+1", "yes"), ("+1 👍", "yes"), ("I'm coming", "yes"),
        ("معتذر", "no"), ("للأسف لن أحضر", "no"), ("je ne viens pas", "no"), ("Désolée, je ne pourrai pas venir.", "no"),
        ("-1", "no"), ("ما نجمش نجي", "no"), ("peut-être", "maybe"), ("ربما", "maybe"),
        ("je viens avec une question", ""), ("حاضر؟ وأين المكان", ""), ("", ""), ("@amal", ""), ("+12", ""),
        ("من حاضر معنا", ""), ("je viens " * 60, ""), ("x" * 100_000, ""),
    ],
)  # fmt: skip
def test_only_a_reply_that_says_nothing_else_is_an_answer(text, said):
    assert replies.read(text) == said
