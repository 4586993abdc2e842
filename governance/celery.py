"""The Celery application. Its settings live in ``governance.settings`` under ``CELERY_``."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "governance.settings")

app = Celery("jieyou")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
