"""Every subject of pages that a member sees, or a visitor on the way to become one."""

from web.pages import act, join, login, me, timeline

SUBJECTS = [act, join, login, me, timeline]
