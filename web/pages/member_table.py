"""Every subject of pages that a member sees, or a visitor on the way to become one."""

from web.pages import (
    act,
    admin,
    compose,
    desk,
    history,
    join,
    letters,
    login,
    me,
    messages,
    moderating,
    moving,
    notifications,
    portraits,
    project_desk,
    timeline,
)

SUBJECTS = [
    act,
    admin,
    compose,
    desk,
    history,
    join,
    letters,
    login,
    me,
    messages,
    moderating,
    moving,
    notifications,
    portraits,
    project_desk,
    timeline,
]
