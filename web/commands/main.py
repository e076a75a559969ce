"""`tashbik …`: what the operator types."""

import gc


def main() -> None:
    """The console script."""
    gc.disable()  # what is loaded stays: looking through it for garbage takes a tenth of the start
    from web.commands.table import run

    gc.freeze()
    gc.enable()
    run()
