"""Markdown of a peer that sends no HTML (PeerTube): paragraphs, lines, links, bold and italic; the rest stays as written."""

import re

from node import html

LONGEST = 20_000  # characters; of longer ones the lines alone
_MARKED = re.compile(
    r"\[([^\[\]\n]{1,200})\]\((https?://[^\s()<>]{1,2000})\)"  # [words](address)
    r"|(https?://[^\s()<>\[\]*]{1,2000})"
    r"|\*\*([^*\n]{1,200})\*\*"
    r"|(?<![\w*])\*([^*\s][^*\n]{0,200})\*(?![\w*])"
)


def as_html(text: str) -> str:
    """The text as HTML, not yet cleaned."""
    made = []
    for block in re.split(r"\n\s*\n", text.replace("\r\n", "\n").strip()):
        lines = [_line(line) if len(text) <= LONGEST else html.escape(line) for line in block.split("\n")]
        made.append("<p>" + "<br>".join(lines) + "</p>")
    return "".join(made)


def _line(line: str) -> str:
    made, position = [], 0
    for found in _MARKED.finditer(line):
        made += [html.escape(line[position : found.start()]), _one(found)]
        position = found.end()
    return "".join([*made, html.escape(line[position:])])


def _one(found: re.Match[str]) -> str:
    words, target, bare, bold, italic = found.groups()
    if bare:
        address = bare.rstrip(".,;:!?'\"")
        return _link(address, html.escape(address)) + html.escape(bare[len(address) :])
    if target:
        return _link(target, html.escape(words))
    return f"<strong>{_line(bold)}</strong>" if bold else f"<em>{_line(italic)}</em>"


def _link(address: str, words: str) -> str:
    return f'<a href="{html.escape(address)}">{words}</a>'
