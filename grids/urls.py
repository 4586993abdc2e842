"""Pages of grids: those of the office, and the notice that everybody may read."""

from django.urls import path

from grids.pages import gridfiles, grids, notices

app_name = "grids"
urlpatterns = [
    path("office/grids/", grids.listing, name="list"),
    path("office/grids/new/", grids.new, name="new"),
    path("office/grids/import/", gridfiles.take_in, name="import"),
    path("office/grids/export/", gridfiles.export, name="export"),
    path("office/grids/village/<int:pk>/print/", notices.village, name="print"),
    path("office/grids/<int:pk>/", grids.detail, name="detail"),
    path("office/grids/<int:pk>/edit/", grids.edit, name="edit"),
    path("office/grids/<int:pk>/posts/", grids.appoint, name="appoint"),
    path("grids/<uuid:public_id>/", notices.posted, name="notice"),
]
