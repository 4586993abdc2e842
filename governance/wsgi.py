"""The web application for a WSGI server."""

import gc
import os

from django.core.wsgi import get_wsgi_application

from cases import workcalendar
from governance import celery

__all__ = ["application", "celery"]  # loaded for the bell to the workers (cases/doorbell.py)

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "governance.settings")

application = get_wsgi_application()
# Reading the holiday notices takes half a second; no resident's request shall wait for it.
workcalendar.packaged()
# What is loaded by now stays: the collector need not look through it at every request's end.
gc.collect()
gc.freeze()
# A request makes thousands of objects and drops nearly all of them by itself; looking for rings
# among them at every seven hundredth, as is usual, takes a twentieth of its time.
gc.set_threshold(20_000, 20, 50)
