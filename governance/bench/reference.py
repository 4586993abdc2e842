# ruff: noqa: E501 - one line of SQL per table reads better than many
"""The controls: one view each, under the product's server (decisions.md 33, 34).

REF = two ORM inserts in one transaction; ``one`` = ``select 1``. They run under the product's
own settings, middleware included; with ``BENCH_BARE`` in the environment without any middleware.
Importing this module changes the settings of the process: nobody but the server of the controls
may.
"""

import os
from typing import ClassVar

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.core.wsgi import get_wsgi_application
from django.db import connection, models, transaction
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import path
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "governance.settings")
settings.ROOT_URLCONF = __name__
if os.environ.get("BENCH_BARE"):
    settings.MIDDLEWARE = []
    settings.DATABASES["default"]["ATOMIC_REQUESTS"] = False
application = get_wsgi_application()


class BenchCase(models.Model):
    number = models.TextField()
    state = models.TextField()
    unit = models.BigIntegerField()
    level = models.IntegerField()
    title = models.TextField()
    opened_at = models.DateTimeField()
    due_at = models.DateTimeField()

    objects: ClassVar[models.Manager["BenchCase"]] = models.Manager()

    class Meta:
        app_label = "governance"
        managed = False
        db_table = "bench_case"


class BenchEvent(models.Model):
    case = models.ForeignKey(BenchCase, models.PROTECT)
    verb = models.TextField()
    at = models.DateTimeField()

    objects: ClassVar[models.Manager["BenchEvent"]] = models.Manager()

    class Meta:
        app_label = "governance"
        managed = False
        db_table = "bench_event"


@login_not_required
@transaction.non_atomic_requests
def one(request: HttpRequest) -> HttpResponse:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
        cursor.fetchone()
    return JsonResponse({"ok": 1})


@csrf_exempt
@login_not_required
@transaction.non_atomic_requests  # it opens the one transaction it needs itself
def two_inserts(request: HttpRequest) -> HttpResponse:
    now = timezone.now()
    with transaction.atomic():
        case = BenchCase.objects.create(
            number=request.headers["Idempotency-Key"], state="open", unit=1, level=1,
            title=request.body.decode()[:200], opened_at=now, due_at=now,
        )  # fmt: skip
        BenchEvent.objects.create(case=case, verb="register", at=now)
    return JsonResponse({"number": case.number}, status=201)


urlpatterns = [path("one", one), path("ref", two_inserts)]
