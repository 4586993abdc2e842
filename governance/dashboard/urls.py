"""The leaders' pages."""

from django.urls import path

from governance.dashboard import views

app_name = "governance"
urlpatterns = [
    path("", views.leader, name="leader"),
    path("list/", views.leader_list, name="leader_list"),
]
