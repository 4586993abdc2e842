"""Coming in and going out: sign-in, sign-out, password, and the demonstration's side door."""

import unicodedata
from dataclasses import dataclass

from django import forms
from django.conf import settings
from django.contrib.auth import (
    authenticate,
    login,
    logout,
    password_validation,
    update_session_auth_hash,
)
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render, resolve_url
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from governance import sessions
from governance.demo.cast import entries, logins
from governance.demo.ladders import is_loaded
from grids import sign_ins, throttle
from grids.models import User
from grids.throttle import WhenDown

WINDOW = 15 * 60  # seconds in which attempts are counted
PER_ACCOUNT = 10  # attempts for one account from one address; a stranger elsewhere locks nobody
PER_ADDRESS = 300  # an office behind one address signs in every morning
LONGEST_PASSWORD = 256
LONGEST_AGENT = 1000


class LoginForm(forms.Form):
    username = forms.CharField(
        label=gettext_lazy("User name"),
        max_length=150,
        widget=forms.TextInput(
            attrs={"autocomplete": "username", "autocapitalize": "none", "autofocus": True}
        ),
    )
    password = forms.CharField(
        label=gettext_lazy("Password"),
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )


def check(request: HttpRequest, username: str, password: str) -> User | None:
    """The active user of this name and password, or None: unknown, wrong and disabled look
    and last the same. Raises ``TooMany``."""
    name = unicodedata.normalize("NFKC", username).strip()[:150]
    source = request.META.get("REMOTE_ADDR", "")
    down = WhenDown.ALLOW  # staff must get in while Redis is away
    throttle.spend("login-address", source, limit=PER_ADDRESS, seconds=WINDOW, when_down=down)
    throttle.spend("login", f"{name}|{source}", limit=PER_ACCOUNT, seconds=WINDOW, when_down=down)
    user = authenticate(request, username=name, password=password[:LONGEST_PASSWORD])
    if not isinstance(user, User) or len(password) > LONGEST_PASSWORD:
        return None
    throttle.forgive("login", f"{name}|{source}")
    return user


def enter(request: HttpRequest, user: User) -> None:
    """Start a new session for ``user``; its key is new, its kind follows the posts."""
    login(request, user)
    sessions.begin(request.session, user)
    request.session.save()
    agent = request.META.get("HTTP_USER_AGENT", "")[:LONGEST_AGENT]
    sign_ins.begin(user, sign_ins.key_of(request.session), agent)


def next_page(request: HttpRequest, otherwise: str) -> str:
    """Where the form wants to go next, if that is a page of ours."""
    target = request.POST.get("next") or request.GET.get("next") or ""
    ours = url_has_allowed_host_and_scheme(target, {request.get_host()}, request.is_secure())
    return target if ours else resolve_url(otherwise)


@login_not_required
@require_http_methods(["GET", "POST"])
def sign_in(request: HttpRequest) -> HttpResponse:
    """The sign-in page. One answer for everything that is wrong."""
    if request.method == "GET" and request.user.is_authenticated:
        return redirect("home")
    form = LoginForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        user = check(request, form.cleaned_data["username"], form.cleaned_data["password"])
        if user is not None:
            enter(request, user)
            if user.one_time_until is not None:
                return redirect("password")
            return at_home_in_own_language(HttpResponseRedirect(next_page(request, "home")), user)
        form.add_error(None, _("User name or password is wrong."))
    context = {"form": form, "next": next_page(request, "home")}
    return render(request, "login.html", context, status=422 if form.errors else 200)


def at_home_in_own_language(response: HttpResponse, user: User) -> HttpResponse:
    """Let the browser remember the language the person chose elsewhere."""
    if user.language in dict(settings.LANGUAGES):
        response.set_cookie(
            settings.LANGUAGE_COOKIE_NAME,
            user.language,
            max_age=settings.LANGUAGE_COOKIE_AGE,
            httponly=settings.LANGUAGE_COOKIE_HTTPONLY,
            secure=settings.SECURE_COOKIES,
            samesite="Lax",
        )
    return response


@login_not_required
@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    """End the session, and what the browser kept of its pages."""
    sign_ins.left(sign_ins.key_of(request.session))
    logout(request)
    response = redirect(settings.LOGOUT_REDIRECT_URL)
    response["Clear-Site-Data"] = '"cache"'
    return response


class PasswordForm(forms.Form):
    """A new password by the person who knows the old one."""

    old = forms.CharField(
        label=gettext_lazy("Present password"),
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )
    new = forms.CharField(
        label=gettext_lazy("New password"),
        strip=False,
        max_length=LONGEST_PASSWORD,
        help_text=gettext_lazy("At least 12 characters; a short sentence is a good one."),
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )
    again = forms.CharField(
        label=gettext_lazy("New password once more"),
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )


def password_errors(form: PasswordForm, user: User) -> None:
    """Add what is wrong with the passwords to the form."""
    throttle.spend(
        "password", str(user.pk), limit=PER_ACCOUNT, seconds=WINDOW, when_down=WhenDown.ALLOW
    )
    values = dict(form.cleaned_data)  # a field with an error leaves the form's own
    if not user.check_password(values["old"][:LONGEST_PASSWORD]):
        form.add_error("old", _("This is not your present password."))
    elif values["new"] == values["old"]:
        form.add_error("new", _("Choose another password than the present one."))
    if values["new"] != values["again"]:
        form.add_error("again", _("The two new passwords differ."))
    try:
        password_validation.validate_password(values["new"], user)
    except ValidationError as error:
        form.add_error("new", error)


@require_http_methods(["GET", "POST"])
def password(request: HttpRequest) -> HttpResponse:
    """Change the own password; every other session and every API key of the user ends."""
    user = request.user
    assert isinstance(user, User)
    form = PasswordForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        password_errors(form, user)
        if not form.errors:
            own_password(request, user, form.cleaned_data["new"])
            return redirect("home")
    context = {"form": form, "first": user.one_time_until is not None}
    return render(request, "governance/password.html", context, status=422 if form.errors else 200)


def own_password(request: HttpRequest, user: User, password: str) -> None:
    """Store the person's own password; this session goes on under a new key, others end."""
    user.set_password(password)
    user.one_time_until = None
    user.save(update_fields=["password", "one_time_until"])
    before = sign_ins.key_of(request.session)
    sign_ins.end_all(user, but=before)
    update_session_auth_hash(request, user)
    request.session.pop(sessions.ONE_TIME, None)
    request.session.save()
    sign_ins.moved(before, sign_ins.key_of(request.session))


# --- demonstration ----------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class DemoPerson:
    """One button of the start page."""

    username: str
    name: str
    unit: str
    label: str  # English msgid of the role
    sentence: str  # English msgid: what this person sees


def demo_people() -> dict[str, DemoPerson]:
    """The demonstration's logins that exist, with the unit of their first posting; one query."""
    rows = (
        logins()
        .filter(is_active=True, postings__ended_on=None)
        .order_by("postings__id")
        .values_list("username", "display_name", "postings__unit__name")
    )
    found: dict[str, tuple[str, str]] = {}
    for username, name, unit in rows:
        found.setdefault(username, (name, unit or ""))
    return {
        username: DemoPerson(username, *found[username], label, sentence)
        for username, label, sentence in entries()
        if username in found
    }


TOUR_CASE = "tour_case"  # session key: the number of the visitor's own case


@login_not_required
@require_POST
def demo_enter(request: HttpRequest) -> HttpResponse:
    """Sign in as one of the demonstration's people without a password; demo mode only."""
    if not settings.DEMO or not is_loaded():  # never beside real cases, whatever DEMO says
        raise Http404
    user = logins().filter(username=request.POST.get("username", ""), is_active=True).first()
    if user is None:
        raise Http404
    number = request.session.get(TOUR_CASE, "")
    logout(request)
    enter(request, user)
    if number:
        request.session[TOUR_CASE] = number
    return HttpResponseRedirect(next_page(request, "home"))
