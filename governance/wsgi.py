"""The web application for a WSGI server."""

import os

from django.core.wsgi import get_wsgi_application

from cases import workcalendar

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "governance.settings")

application = get_wsgi_application()
# Reading the holiday notices takes half a second; no resident's request shall wait for it.
workcalendar.current()
