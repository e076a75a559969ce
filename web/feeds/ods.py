"""An OpenDocument spreadsheet of one sheet, by hand: three small files in a zip.

Source: OpenDocument 1.2, parts 1 and 3.
"""

import io
import zipfile
from collections.abc import Sequence
from xml.sax.saxutils import escape, quoteattr

from node.text import direction
from web.feeds.atom import clean

TYPE = "application/vnd.oasis.opendocument.spreadsheet"
_EPOCH = (2000, 1, 1, 0, 0, 0)  # of the files in the zip: the same report is the same file
_MANIFEST = f"""<?xml version="1.0" encoding="UTF-8"?>
<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0" manifest:version="1.2">
<manifest:file-entry manifest:full-path="/" manifest:media-type="{TYPE}"/>
<manifest:file-entry manifest:full-path="content.xml" manifest:media-type="text/xml"/>
</manifest:manifest>"""
_SPACES = " ".join(
    f'xmlns:{short}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"'
    for short, name in (("office", "office"), ("table", "table"), ("text", "text"), ("style", "style"))
)


def render(rows: Sequence[Sequence[str]], title: str, language: str) -> bytes:
    """The file; whole numbers are numbers, all else is text, never a formula."""
    lines = "".join(f"<table:table-row>{''.join(map(_cell, row)) or _cell('')}</table:table-row>" for row in rows)
    mode = "rl-tb" if direction(language) == "rtl" else "lr-tb"
    content = (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<office:document-content {_SPACES} office:version="1.2">'
        '<office:automatic-styles><style:style style:name="sheet" style:family="table">'
        f'<style:table-properties style:writing-mode="{mode}"/></style:style></office:automatic-styles>'
        "<office:body><office:spreadsheet>"
        f'<table:table table:name={quoteattr(clean(title))} table:style-name="sheet">{lines}</table:table>'
        "</office:spreadsheet></office:body></office:document-content>"
    )
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr(zipfile.ZipInfo("mimetype", _EPOCH), TYPE, zipfile.ZIP_STORED)
        for name, text in (("META-INF/manifest.xml", _MANIFEST), ("content.xml", content)):
            packed.writestr(zipfile.ZipInfo(name, _EPOCH), text, zipfile.ZIP_DEFLATED)
    return made.getvalue()


def _cell(text: str) -> str:
    number = text.isascii() and text.isdigit() and len(text) < 16
    kind = f'office:value-type="float" office:value="{text}"' if number else 'office:value-type="string"'
    return f"<table:table-cell {kind}><text:p>{escape(clean(text))}</text:p></table:table-cell>"
