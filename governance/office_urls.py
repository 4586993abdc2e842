"""Management pages of units, staff and posts."""

from django.urls import path

from cases.pages import handover
from grids.pages import staff, staff_import, units

app_name = "office"
urlpatterns = [
    path("units/", units.units, name="units"),
    path("units/new/", units.new, name="unit_new"),
    path("units/<int:pk>/", units.unit, name="unit"),
    path("units/<int:pk>/edit/", units.edit, name="unit_edit"),
    path("units/<int:pk>/close/", handover.close_unit, name="unit_close"),
    path("units/<int:pk>/superior/", units.relate, name="relate"),
    path("units/<int:pk>/superior/<int:relation>/end/", units.unrelate, name="unrelate"),
    path("staff/", staff.staff, name="staff"),
    path("staff/new/", staff.engage, name="engage"),
    path("staff/import/", staff_import.staff_import, name="staff_import"),
    path("staff/<uuid:public_id>/", staff.person, name="person"),
    path("staff/<uuid:public_id>/name/", staff.rename, name="rename"),
    path("staff/<uuid:public_id>/reset/", staff.reset, name="reset"),
    path("staff/<uuid:public_id>/switch/", staff.switch, name="switch"),
    path("staff/<uuid:public_id>/sign-out/", staff.sign_out, name="sign_out"),
    path("staff/<uuid:public_id>/post/", staff.post, name="post"),
    path("posts/<int:pk>/end/", handover.end, name="end_post"),
    path("posts/<int:pk>/substitute/", staff.substitute, name="substitute"),
]
