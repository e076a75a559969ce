"""`python -m web` is `tashbik`."""

from web.commands.main import main

main()
