"""Pages of cases."""

from django.urls import path

from cases.pages import (
    act,
    case,
    export,
    field,
    files,
    gridtasks,
    intake,
    looks,
    mediation,
    notices,
    progress,
    queue,
    recusals,
    revisit,
    sealed,
    sealed_intake,
)

app_name = "cases"
urlpatterns = [
    path("f/", field.home, name="home"),
    path("new/", intake.new, name="new"),
    path("receipt/<str:number>/", intake.receipt, name="receipt"),
    path("t/", progress.progress, name="progress"),
    path("queue/", queue.queue, name="queue"),
    path("queue/export/", export.take_out, name="export"),
    path("mediations/", mediation.mediations, name="mediations"),
    path("office/recusals/", recusals.waiting, name="recusals"),
    path("revisits/", revisit.revisits, name="revisits"),
    path("office/tasks/", gridtasks.listing, name="grid_tasks"),
    path("office/tasks/new/", gridtasks.new, name="grid_task_new"),
    path("office/tasks/settings/", gridtasks.settings, name="grid_task_settings"),
    path("office/tasks/<int:pk>/decide/", gridtasks.decide, name="grid_task_decide"),
    path("office/tasks/<int:pk>/end/", gridtasks.end, name="grid_task_end"),
    path("sealed/", sealed.queue, name="sealed"),
    path("sealed/new/", sealed_intake.new, name="sealed_new"),
    path("sealed/routing/", sealed.routing, name="sealed_routing"),
    path("sealed/<str:number>/", sealed.matter, name="sealed_matter"),
    path("sealed/<str:number>/act/<str:verb>/", sealed.act, name="sealed_act"),
    path("sealed/<str:number>/file/<uuid:public_id>/", sealed.file, name="sealed_file"),
    path("notices/", notices.notices, name="notices"),
    path("notices/read/", notices.read, name="notices_read"),
    path("case/<str:number>/", case.detail, name="detail"),
    path("case/<str:number>/print/", case.printed, name="print"),
    path("case/<str:number>/looks/", looks.who_looked, name="looks"),
    path("case/<str:number>/act/<str:verb>/", act.act, name="act"),
    path("case/<str:number>/unmask/<int:party_id>/", case.unmask, name="unmask"),
    path("case/<str:number>/file/<uuid:public_id>/", files.attachment, name="attachment"),
]
