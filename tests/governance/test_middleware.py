"""Headers on every answer, input no row can hold, refusals and failures as pages."""

import errno
import re

import psycopg2.errors
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import InterfaceError, OperationalError
from django.test import Client, RequestFactory
from django.urls import reverse

from governance import answers, middleware, pages
from governance.wording import sentence
from grids.errors import BadInput, BrokenRule, NotAllowed, NotVisible, TooMany, WrongState
from grids.roles import Level, Role
from tests.world import World

LOGIN = "/login/"


def bare(page: str) -> str:
    """A page without what differs at every drawing: form tokens and its own address."""
    return re.sub(r'value="[A-Za-z0-9]{64}"', "", page).replace("/feedback/", "/nothing/")


class TestSecurityHeaders:
    @pytest.mark.parametrize(
        ("path", "status"),
        [
            ("/", 200),
            (LOGIN, 200),
            ("/nothing/", 404),
            ("/home/", 302),
            ("/healthz", 200),
            ("/api/v1/me/", 401),
            ("/api/v1/nothing/", 404),
            ("/static/jieyou/app.css", 200),
            ("/static/nothing.css", 404),
            ("/text-size/", 405),
            ("/?q=%00", 400),
            ("/t/", None),
        ],
    )
    def test_every_answer_has_them(
        self, world: World, client: Client, path: str, status: int | None
    ) -> None:
        answer = client.get(path)
        assert status is None or answer.status_code == status
        policy = answer["Content-Security-Policy"]
        assert policy.startswith("default-src 'none'; script-src 'self'; style-src 'self'")
        assert "unsafe" not in policy
        assert answer["X-Content-Type-Options"] == "nosniff"
        assert answer["X-Frame-Options"] == "DENY"
        assert "camera=()" in answer["Permissions-Policy"]
        if not path.startswith("/static/jieyou"):
            assert answer["Cache-Control"] == "no-store"

    def test_wrong_hosts_are_refused_with_them(self, world: World, client: Client) -> None:
        for host in ("evil.example", "a:80:90", "127.0.0.1@evil.example"):
            answer = client.get("/login/", headers={"host": host})
            assert answer.status_code == 400
            assert "Content-Security-Policy" in answer

    def test_the_progress_page_tells_nobody_its_address(self, world: World, client: Client) -> None:
        answer = client.get("/t/")
        assert answer["Referrer-Policy"] == "same-origin"  # other sites get nothing
        assert "noindex" in answer["X-Robots-Tag"]
        assert client.get("/")["Referrer-Policy"] == "same-origin"


class TestPlainInput:
    @pytest.mark.parametrize("query", ["q=%00", "%00=1", "next=a%00b"])
    def test_nul_in_the_address_is_400(self, world: World, client: Client, query: str) -> None:
        assert client.get(f"{LOGIN}?{query}").status_code == 400

    def test_nul_in_the_path_is_404(self, world: World, client: Client) -> None:
        assert client.get("/api/v1/cases/a%00b/").status_code == 404
        assert client.get("/log%00in/").status_code == 404

    def test_a_very_long_address_is_414(self, world: World, client: Client) -> None:
        assert client.get(f"/?q={'x' * 20_000}").status_code == 414
        assert client.get(f"/{'x' * 20_000}").status_code == 414
        assert client.get(f"/api/v1/cases/?q={'x' * 20_000}").json()["code"] == "address_too_long"

    def test_a_thousand_parameters_are_400(self, world: World, client: Client) -> None:
        query = "&".join(f"a{n}=1" for n in range(1000))
        assert client.get(f"/?{query}").status_code == 400

    @pytest.mark.parametrize("charset", ["bogus", "gbk", "utf-16", "utf-7", "\u00e9"])
    def test_other_charsets_are_400(self, world: World, client: Client, charset: str) -> None:
        answer = client.generic(
            "POST", LOGIN, b"username=a&password=b",
            content_type=f"application/x-www-form-urlencoded; charset={charset}",
        )  # fmt: skip
        assert answer.status_code == 400

    def test_nul_in_a_form_is_400(self, world: World, client: Client) -> None:
        for form in ({"username": "a\0b", "password": "x"}, {"user\0name": "a"}):
            assert client.post(LOGIN, form).status_code == 400
        coded = client.generic(
            "POST", LOGIN, b"username=a%00b", content_type="application/x-www-form-urlencoded"
        )
        assert coded.status_code == 400

    @pytest.mark.parametrize(
        "content_type",
        [
            "multipart/form-data",
            "multipart/form-data; boundary=",
            f"multipart/form-data; boundary={'x' * 300}",
        ],
    )
    def test_a_broken_multipart_is_400(
        self, world: World, client: Client, content_type: str
    ) -> None:
        answer = client.generic("POST", LOGIN, b"--x\r\n\r\n", content_type=content_type)
        assert answer.status_code == 400

    def test_too_many_files_or_fields_are_400(self, world: World, client: Client) -> None:
        files = {f"f{n}": SimpleUploadedFile("a.jpg", b"x") for n in range(101)}
        assert client.post(LOGIN, files).status_code == 400
        assert client.post(LOGIN, {f"f{n}": "x" for n in range(1001)}).status_code == 400

    def test_a_form_beyond_the_limit_is_413(self, world: World, client: Client) -> None:
        assert client.post(LOGIN, {"username": "x" * 3_000_000}).status_code == 413

    def test_a_body_that_says_it_is_huge_is_not_even_read(
        self, world: World, client: Client
    ) -> None:
        for length in ("99999999999", "-5", "abc"):
            answer = client.generic("POST", LOGIN, b"", CONTENT_LENGTH=length)
            assert answer.status_code in (400, 413)

    def test_a_cookie_with_nul_is_dropped(self, world: World, client: Client) -> None:
        answer = client.get(
            "/home/", headers={"cookie": 'sessionid="\\000\\000\\000\\000\\000\\000\\000\\000"'}
        )
        assert answer.status_code == 302

    def test_the_refusal_speaks_the_readers_language(self, world: World, client: Client) -> None:
        for address in ("/login/?q=%00", f"/?q={'x' * 20_000}"):
            page = client.get(address, headers={"accept-language": "en"})
            assert '<html lang="en"' in page.text
            assert '<html lang="zh-hans"' in client.get(address).text


class TestBrokenRules:
    @pytest.fixture
    def refusing(self, monkeypatch: pytest.MonkeyPatch) -> object:
        def make(error: Exception) -> None:
            def refuse(*args: object, **kwargs: object) -> None:
                raise error

            monkeypatch.setattr(pages, "operators", refuse)

        return make

    @pytest.mark.parametrize(
        ("error", "status"),
        [
            (NotAllowed("no way"), 403),
            (WrongState("no way"), 409),
            (BadInput("no way", field="text"), 422),
            (TooMany("no way", seconds=30), 429),
            (BrokenRule("no way"), 409),
        ],
    )
    def test_a_refusal_is_a_page_with_its_status(
        self, world: World, client: Client, refusing: object, error: BrokenRule, status: int
    ) -> None:
        refusing(error)  # type: ignore[operator]
        page = client.get(reverse("feedback"))
        assert page.status_code == status
        assert "no way" in page.text
        assert f'data-code="{error.code}"' in page.text
        assert page.get("Retry-After") == ("30" if status == 429 else None)

    def test_what_is_not_visible_looks_like_what_does_not_exist(
        self, world: World, client: Client, refusing: object
    ) -> None:
        refusing(NotVisible("case LB2026-000001"))  # type: ignore[operator]
        hidden = client.get(reverse("feedback"))
        missing = client.get("/nothing/")
        assert hidden.status_code == missing.status_code == 404
        assert "LB2026" not in hidden.text
        assert bare(hidden.text) == bare(missing.text)

    @pytest.mark.parametrize(
        ("cause", "status"),
        [
            (psycopg2.OperationalError(), 503),
            (psycopg2.errors.DiskFull(), 507),
            (psycopg2.errors.LockNotAvailable(), 409),
            (psycopg2.errors.QueryCanceled(), 503),
            (psycopg2.errors.AdminShutdown(), 503),
        ],
    )
    def test_known_failures_are_said_honestly(
        self, world: World, client: Client, refusing: object,
        monkeypatch: pytest.MonkeyPatch, cause: Exception, status: int,
    ) -> None:  # fmt: skip
        states = {507: "53100", 409: "55P03"}
        monkeypatch.setattr(answers, "sql_state", lambda error: states.get(status, ""))
        error = OperationalError("somewhere")
        error.__cause__ = cause
        refusing(error)  # type: ignore[operator]
        page = client.get(reverse("feedback"))
        assert page.status_code == status
        assert page["Retry-After"] == "15"
        assert "somewhere" not in page.text

    def test_the_state_of_a_failure_is_read_from_its_cause(self) -> None:
        class Cause(Exception):
            pgcode = "53100"

        error = OperationalError("x")
        error.__cause__ = Cause()
        assert answers.sql_state(error) == "53100"
        assert answers.sql_state(InterfaceError("connection already closed")) == ""

    def test_a_full_disk_for_files_is_507(
        self, world: World, client: Client, refusing: object
    ) -> None:
        refusing(OSError(errno.ENOSPC, "No space left on device"))  # type: ignore[operator]
        assert client.get(reverse("feedback")).status_code == 507

    def test_a_bug_is_a_500_that_tells_nothing(
        self, world: World, client: Client, refusing: object
    ) -> None:
        refusing(RuntimeError("张三 13800138000"))  # type: ignore[operator]
        client.raise_request_exception = False
        page = client.get(reverse("feedback"))
        assert page.status_code == 500
        assert "13800138000" not in page.text
        assert "Content-Security-Policy" in page

    def test_a_database_that_is_away_before_any_view_is_503(self, world: World) -> None:
        request = RequestFactory().get("/home/")
        try:
            raise OperationalError("server closed the connection unexpectedly")
        except OperationalError:
            assert pages.server_error(request).status_code == 503

    def test_wrong_methods_get_a_page(self, world: World, client: Client) -> None:
        page = client.get(reverse("text_size"))
        assert page.status_code == 405
        assert page["Allow"] == "POST"
        assert "<h1>" in page.text

    def test_a_form_that_was_open_too_long(self, world: World) -> None:
        client = Client(enforce_csrf_checks=True)
        answer = client.post(LOGIN, {"username": "gao", "password": "x"})
        assert answer.status_code == 403
        assert "<h1>" in answer.text
        for origin in ("null", "https://evil.example"):
            answer = client.post(LOGIN, {"username": "gao"}, headers={"origin": origin})
            assert answer.status_code == 403


class TestWording:
    def test_values_find_their_places(self) -> None:
        assert sentence(BadInput("At most %(most)s characters.", most=5))
        assert sentence(BrokenRule("100% sure")) == "100% sure"

    def test_words_of_ours_among_the_values_are_translated(self) -> None:
        said = sentence(BrokenRule("%(role)s at %(level)s", role=Role.TRIAGE, level=Level.GRID))
        assert "Role" not in said
        assert "triage" not in said


def test_the_policy_names_every_source_once() -> None:
    names = [part.split()[0] for part in middleware.POLICY.split("; ")]
    assert len(names) == len(set(names))
    assert {"default-src", "frame-ancestors", "base-uri", "form-action"} <= set(names)
