"""What a short reply to an event says: that one comes, may come, or does not.

Only a reply that says nothing else counts; a question stays a question.
"""

import re

from node.text import fold

_YES = (
    "حاضر", "حاضرة", "حاضرين", "حاضرون", "حاضرات", "أنا حاضر", "أنا حاضرة", "حنا حاضرين", "سأحضر", "سنحضر", "أحضر",
    "نحضر", "غادي نحضر", "غادي نجي", "غنجي", "غانجي", "جاي", "جاية", "جايين", "باش نجي", "باش نحضر",
    "سأكون حاضرا", "سأكون حاضرة", "سأكون معكم", "نعم سأحضر",
    "je viens", "je viendrai", "on vient", "nous venons", "nous viendrons", "j'y serai", "on y sera", "nous y serons",
    "je serai là", "je serai présent", "je serai présente", "je participe", "présent", "présente", "présents", "présentes",
    "oui je viens", "j'arrive", "+1", "+ 1",
    "i'm coming", "i am coming", "coming", "i will come", "i'll come", "i'll be there", "i will be there", "attending",
    "i'm in", "count me in", "we are coming", "we'll be there", "hadir", "hadira", "ghadi nji",
)  # fmt: skip
_NO = (
    "معتذر", "معتذرة", "أعتذر", "نعتذر", "معتذرين", "أعتذر عن الحضور", "نعتذر عن الحضور", "لن أحضر", "لن نحضر",
    "لا أستطيع الحضور", "لن أتمكن من الحضور", "غائب", "غائبة", "ماغاديش نجي", "ما غاديش نجي", "مانقدرش نجي",
    "ما نقدرش نجي", "ما نجمش نجي", "مانجمش نجي", "مانجيش", "ما نجيش", "ماجايش", "ما جايش",
    "je ne viens pas", "je viens pas", "je ne viendrai pas", "je viendrai pas", "on ne vient pas", "nous ne venons pas",
    "nous ne viendrons pas", "je n'y serai pas", "je ne peux pas venir", "je ne pourrai pas venir", "je ne participe pas",
    "absent", "absente", "excusé", "excusée", "désolé je ne viens pas", "désolée je ne viens pas", "-1", "- 1",
    "not coming", "i'm not coming", "i am not coming", "i can't come", "i cannot come", "i won't come", "can't make it",
    "i can't make it", "i won't be there",
)  # fmt: skip
_MAYBE = ("ربما", "ربما أحضر", "يمكن نجي", "peut-être", "peut être", "maybe", "perhaps", "i may come")  # fmt: skip
# Said before or after the word itself.
_POLITE = (
    "إن شاء الله", "بإذن الله", "بكل سرور", "بكل تأكيد", "للأسف", "شكرا", "شكرا لكم", "شكرا جزيلا", "السلام عليكم", "مرحبا",
    "inchallah", "inch'allah", "avec plaisir", "avec joie", "merci", "désolé", "désolée", "malheureusement", "bonjour",
    "salam", "thanks", "thank you", "sorry", "hello",
)  # fmt: skip

_HANDLE = re.compile(r"(?<!\w)@[\w.-]+(?:@[\w.:-]+)?")
_OTHER = re.compile(r"[^\w'+\-]+|_")


def _plain(text: str) -> str:
    return " ".join(_OTHER.sub(" ", fold(text.replace("’", "'"))).split())


ANSWERS = {_plain(one): answer for answer, words in (("yes", _YES), ("no", _NO), ("maybe", _MAYBE)) for one in words}
_AROUND = sorted({_plain(one) for one in _POLITE}, key=len, reverse=True)
LONGEST = 200  # characters; what is longer says more than this


def read(text: str) -> str:
    """`yes`, `no` or `maybe`; '' for a reply that says anything else.  text is plain."""
    if len(text) > LONGEST + 200:
        return ""
    words = _plain(_HANDLE.sub(" ", text))
    if len(words) > LONGEST:
        return ""
    for _ in range(3):
        if words in ANSWERS:
            return ANSWERS[words]
        words = _without_politeness(words)
    return ""


def _without_politeness(words: str) -> str:
    for one in _AROUND:
        if words.endswith(" " + one):
            return words[: -len(one)].strip()
        if words.startswith(one + " "):
            return words[len(one) :].strip()
    return words
