"""`python -m node.catalogues` compiles every .po beside itself, so that starting costs no parsing."""

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from node.text import CATALOGUES, typeset


def compile_all() -> int:
    """How many catalogues were compiled."""
    sources = sorted(CATALOGUES.glob("*/LC_MESSAGES/*.po"))
    for source in sources:
        with source.open("rb") as file, source.with_suffix(".mo").open("wb") as made:
            write_mo(made, typeset(read_po(file), source.parent.parent.name))
    return len(sources)


if __name__ == "__main__":
    compile_all()
