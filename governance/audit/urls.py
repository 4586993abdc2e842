"""Pages of the access log and of alarms."""

from django.urls import path

from governance.audit import views

app_name = "audit"
urlpatterns = [
    path("", views.log, name="log"),
    path("export/", views.export, name="export"),
    path("alarms/", views.all_alarms, name="alarms"),
    path("alarms/<int:alarm_id>/", views.alarm, name="alarm"),
    path("alarms/<int:alarm_id>/seen/", views.seen, name="seen"),
]
