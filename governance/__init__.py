"""How it runs and what leaders see: settings, routes, jobs, dashboards. The top layer."""

from governance.celery import app as celery_app

__all__ = ["celery_app"]
