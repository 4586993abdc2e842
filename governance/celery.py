"""The Celery application. Its settings live in ``governance.settings`` under ``CELERY_``.

Loaded by the worker, by beat and by the web application; ``manage.py`` and with it the Redis-free
sweep do without.
"""

import os

from celery import Celery

from cases.doorbell import BELL

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "governance.settings")

app = Celery("jieyou")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
BELL.send = app.send_task
