"""Who keeps whose books: which posts may open, change and end which others. Pure.

Nobody manages a peer or a higher role: whoever may set a password may act in another's name,
and the one who handled a matter must not get at the one who verifies it (decisions.md 26).
"""

from grids.roles import Level, Role
from grids.staffing import Post

# Their posts are given by the security administrator alone: the three administrators keep one
# another in check, and a liaison reads what is sealed from everybody else.
KEPT_APART = frozenset({Role.SYS_ADMIN, Role.SEC_ADMIN, Role.AUDITOR, Role.DISCIPLINE_LIAISON})
# Run a village, a township or a district from its coordinating unit.
RUNNING = frozenset({Role.VILLAGE_STAFF, Role.TRIAGE})
# Stand below whoever runs the place even at the same level.
LOWER = frozenset(
    {Role.GRID_WORKER, Role.GRID_LEAD, Role.MEDIATOR, Role.HANDLER, Role.LEGAL_ADVISER,
     Role.ARCHIVIST, Role.PARTNER}
)  # fmt: skip


def runs_place(post: Post) -> bool:
    """Whether ``post`` runs its village, township or district."""
    return post.role in RUNNING and post.coordinating and post.level <= Level.VILLAGE


def keeps_books(post: Post) -> bool:
    """Whether ``post`` manages anybody's account and posts."""
    return post.role in (Role.SYS_ADMIN, Role.SEC_ADMIN) or runs_place(post)


def governs(post: Post, role: Role, tenant_id: int | None, path: str, level: int) -> bool:
    """Whether ``post`` may give, change or end a post as ``role`` in a unit of the area with
    ``path`` at ``level``."""
    if not keeps_books(post) or tenant_id != post.tenant_id or not path.startswith(post.area_path):
        return False
    if post.role is Role.SEC_ADMIN:
        return role in KEPT_APART
    if role in KEPT_APART:
        return False
    return post.role is Role.SYS_ADMIN or level > post.level or role in LOWER


def keeps_units(post: Post) -> bool:
    """Whether ``post`` opens, changes and closes units below it or beside it."""
    return post.role is Role.SYS_ADMIN or runs_place(post)
