"""All roots on one screen."""

from django.db.transaction import non_atomic_requests
from django.urls import include, path

from cases.api import Act, Cases, OneCase
from cases.calendar_api import CalendarYear, Notices, OwnDays
from cases.deadline_api import ClocksOfCase, Deadline
from cases.duty_api import Duty, EndDuty
from cases.gridtask_api import TaskDecision, TaskEnd, Tasks, TaskSettings
from cases.pages.area_api import AreaChange, AreaPreview, OneArea
from cases.pages.crew_api import Crew, GridTable, Release
from cases.pages.edition_api import EditionDecision, EditionOrder, Editions, OneEdition
from cases.pages.export_api import Export
from cases.pages.grid_change_api import GridChange, GridPreview
from cases.pages.looks_api import Looks, MarkMinor, Unmask
from cases.pages.notice_api import NoticeSettings, OwnNotices
from cases.pages.order_api import LookBacks, Orders, OrdersOfCase
from cases.pages.policy_api import OneProposal, Policies, ProposalClocks, Proposals
from cases.pages.post_api import EndPost, OnePost, Substitute
from cases.pages.recusal_api import Recusals, RecusalsOfCase
from cases.pages.sealed_api import Open, Routing, Sealed, SealedAct
from cases.pages.staff_api import (
    OneStaff,
    ResetStaff,
    SignOutStaff,
    Staff,
    StaffPosts,
    SwitchStaff,
)
from cases.pages.unit_api import CloseUnit, EndSuperior, OneUnit, Superiors, Units
from governance import entrance, health, health_pages, pages, sign_in_pages
from governance.audit.api import Alarms, Log, LogExport, Seen
from governance.dashboard.api import Figures
from governance.schema import Schema
from governance.sign_in_api import EndSession, EndSessions, Keys, RevokeKey, Sessions
from governance.token_api import Token
from grids.api import Areas, Me
from grids.grid_api import Grids, OneGrid

handler400 = pages.bad_request
handler403 = pages.permission_denied
handler404 = pages.not_found
handler500 = pages.server_error

api = [
    path("token/", Token.as_view(), name="token"),
    path("tokens/", Keys.as_view(), name="tokens"),
    path("tokens/<int:pk>/revoke/", RevokeKey.as_view(), name="token_revoke"),
    path("sessions/", Sessions.as_view(), name="sessions"),
    path("sessions/<int:pk>/end/", EndSession.as_view(), name="session_end"),
    path("sessions/end/", EndSessions.as_view(), name="sessions_end"),
    path("me/", Me.as_view(), name="me"),
    path("areas/", Areas.as_view(), name="areas"),
    path("areas/<int:pk>/", OneArea.as_view(), name="area"),
    path("areas/<int:pk>/preview/", AreaPreview.as_view(), name="area_preview"),
    path("areas/<int:pk>/change/", AreaChange.as_view(), name="area_change"),
    # Registering is one message to the database, a transaction of its own (cases/intake.py).
    path("cases/", non_atomic_requests(Cases.as_view()), name="cases"),
    path("cases/<str:number>/", OneCase.as_view(), name="case"),
    path("cases/<str:number>/act/", Act.as_view(), name="act"),
    path("cases/<str:number>/recusals/", RecusalsOfCase.as_view(), name="case_recusals"),
    path("recusals/", Recusals.as_view(), name="recusals"),
    path("cases/<str:number>/orders/", OrdersOfCase.as_view(), name="case_orders"),
    path("supervision/", Orders.as_view(), name="orders"),
    path("look-backs/", LookBacks.as_view(), name="look_backs"),
    path("exports/", Export.as_view(), name="export"),
    path("cases/<str:number>/clocks/", ClocksOfCase.as_view(), name="case_clocks"),
    path("deadline/", Deadline.as_view(), name="deadline"),
    path("cases/<str:number>/looks/", Looks.as_view(), name="looks"),
    path("cases/<str:number>/unmask/", Unmask.as_view(), name="unmask"),
    path("cases/<str:number>/minor/", MarkMinor.as_view(), name="minor"),
    path("figures/", Figures.as_view(), name="figures"),
    path("log/", Log.as_view(), name="log"),
    path("log/export/", LogExport.as_view(), name="log_export"),
    path("alarms/<int:pk>/seen/", Seen.as_view(), name="alarm_seen"),
    path("alarms/", Alarms.as_view(), name="alarms"),
    path("sealed/", Sealed.as_view(), name="sealed"),
    path("sealed/routing/", Routing.as_view(), name="sealed_routing"),
    path("sealed/<str:number>/open/", Open.as_view(), name="sealed_open"),
    path("sealed/<str:number>/act/", SealedAct.as_view(), name="sealed_act"),
    path("units/", Units.as_view(), name="units"),
    path("units/<int:pk>/", OneUnit.as_view(), name="unit"),
    path("units/<int:pk>/close/", CloseUnit.as_view(), name="unit_close"),
    path("units/<int:pk>/superiors/", Superiors.as_view(), name="relate"),
    path("units/<int:pk>/superiors/<int:relation>/end/", EndSuperior.as_view(), name="unrelate"),
    path("staff/", Staff.as_view(), name="staff"),
    path("staff/<uuid:public_id>/", OneStaff.as_view(), name="person"),
    path("staff/<uuid:public_id>/reset/", ResetStaff.as_view(), name="reset"),
    path("staff/<uuid:public_id>/switch/", SwitchStaff.as_view(), name="switch"),
    path("staff/<uuid:public_id>/sign-out/", SignOutStaff.as_view(), name="sign_out"),
    path("staff/<uuid:public_id>/posts/", StaffPosts.as_view(), name="appoint"),
    path("posts/<int:pk>/", OnePost.as_view(), name="post"),
    path("posts/<int:pk>/end/", EndPost.as_view(), name="end_post"),
    path("posts/<int:pk>/substitute/", Substitute.as_view(), name="substitute"),
    path("editions/", Editions.as_view(), name="editions"),
    path("editions/<int:pk>/", OneEdition.as_view(), name="edition"),
    path("editions/<int:pk>/decide/", EditionDecision.as_view(), name="edition_decide"),
    path("editions/<int:pk>/apply/", EditionOrder.as_view(), name="edition_apply"),
    path("policies/", Policies.as_view(), name="policies"),
    path("policies/proposals/", Proposals.as_view(), name="proposals"),
    path("policies/proposals/<int:pk>/", OneProposal.as_view(), name="proposal"),
    path("policies/proposals/<int:pk>/clocks/", ProposalClocks.as_view(), name="proposal_clocks"),
    path("grids/", Grids.as_view(), name="grids"),
    path("grids/table/", GridTable.as_view(), name="grid_table"),
    path("grids/<int:pk>/posts/", Crew.as_view(), name="crew"),
    path("grids/<int:pk>/posts/<int:post_id>/end/", Release.as_view(), name="release"),
    path("grids/<int:pk>/", OneGrid.as_view(), name="grid"),
    path("grids/<int:pk>/preview/", GridPreview.as_view(), name="grid_preview"),
    path("grids/<int:pk>/changes/", GridChange.as_view(), name="grid_change"),
    path("grid-tasks/", Tasks.as_view(), name="grid_tasks"),
    path("grid-tasks/settings/", TaskSettings.as_view(), name="grid_task_settings"),
    path("grid-tasks/<int:pk>/end/", TaskEnd.as_view(), name="grid_task_end"),
    path("grid-tasks/<int:pk>/decide/", TaskDecision.as_view(), name="grid_task_decide"),
    path("calendar/", CalendarYear.as_view(), name="calendar"),
    path("calendar/notices/", Notices.as_view(), name="calendar_notices"),
    path("calendar/districts/<int:pk>/days/", OwnDays.as_view(), name="calendar_days"),
    path("notices/", OwnNotices.as_view(), name="notices"),
    path("notices/settings/", NoticeSettings.as_view(), name="notice_settings"),
    path("duty/", Duty.as_view(), name="duty"),
    path("duty/<int:pk>/end/", EndDuty.as_view(), name="duty_end"),
    path("schema/", Schema.as_view(), name="schema"),
]

urlpatterns = [
    path("api/v1/", include((api, "api"))),
    path("", pages.start, name="start"),
    path("home/", pages.home, name="home"),
    path("office/", pages.office, name="office"),
    path("office/log/", include("governance.audit.urls")),
    path("office/health/", health_pages.machinery, name="machinery"),
    path("office/health/clock/", health_pages.confirm, name="machinery_confirm"),
    path("office/health/retry/<int:pk>/", health_pages.retry, name="machinery_retry"),
    path("office/", include("governance.office_urls")),
    path("login/", entrance.sign_in, name="login"),
    path("logout/", entrance.sign_out, name="logout"),
    path("password/", entrance.password, name="password"),
    path("sessions/", sign_in_pages.sessions, name="sessions"),
    path("sessions/end/", sign_in_pages.end_all, name="sessions_end"),
    path("sessions/<int:pk>/end/", sign_in_pages.end, name="session_end"),
    path("demo/enter/", entrance.demo_enter, name="demo_enter"),
    path("language/", pages.language, name="set_language"),
    path("text-size/", pages.text_size, name="text_size"),
    path("feedback/", pages.feedback, name="feedback"),
    path("healthz", health.healthz, name="healthz"),
    path("healthz/deep", health.deep, name="healthz_deep"),
    path("readyz", health.readyz, name="readyz"),
    path("leader/", include("governance.dashboard.urls")),
    path("", include("grids.urls")),
    path("", include("cases.urls")),
]
