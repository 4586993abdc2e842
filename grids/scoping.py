"""Jurisdiction: the single place that decides which rows a person may see."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self, TypeVar

from django.core.exceptions import ImproperlyConfigured
from django.db.models import Model, Q, QuerySet

from grids.staffing import Post

if TYPE_CHECKING:
    from grids.models import User

Row = TypeVar("Row", bound=Model)

NOTHING = Q(pk__in=[])


class ScopedQuerySet(QuerySet[Row]):
    """Base queryset of every model that people may see only in part.

    Lists, detail pages, the API, exports and figures all start from
    ``Model.objects.visible_to(user)``. A subclass says what one post grants.
    """

    def __init_subclass__(cls, **kwargs: object) -> None:
        super().__init_subclass__(**kwargs)
        if "grant" not in vars(cls) and cls.grant is ScopedQuerySet.grant:
            raise ImproperlyConfigured(f"{cls.__name__} must say what a post grants")

    def visible_to(self, user: User) -> Self:
        """Rows that one of the user's running posts grants. No post, no rows, no bypass."""
        granted = NOTHING
        for post in user.posts:
            granted |= self.grant(post)
        return self.filter(granted)

    def grant(self, post: Post) -> Q:
        """Rows that ``post`` may see; nothing unless a model says so."""
        return NOTHING
