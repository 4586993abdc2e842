"""The only settings file. Every value that differs between machines comes from the
environment through ``governance.env``; everything else is a constant right here.

Sections: core, security, keys, apps, database, web, files, language, rest api, celery,
messages, domain, logging.
"""

from pathlib import Path
from typing import Any

from django.utils.translation import gettext_lazy as _

from governance import env

BASE_DIR = Path(__file__).resolve().parent.parent

# --- core -----------------------------------------------------------------------------
DEBUG = env.flag("DEBUG", default=False)
DEMO = env.flag("DEMO", default=False)  # demo data and one-click logins; never with real cases
SECRET_KEY = env.text("SECRET_KEY")
ALLOWED_HOSTS = env.words("ALLOWED_HOSTS", "localhost,127.0.0.1,[::1]")
ROOT_URLCONF = "governance.urls"
WSGI_APPLICATION = "governance.wsgi.application"
TIME_ZONE = "Asia/Shanghai"  # deadlines are civil days at this clock, see cases/rules
USE_TZ = True  # stored and compared in UTC

# --- security -------------------------------------------------------------------------
SECURE_COOKIES = env.flag("SECURE_COOKIES", default=False)  # 1 behind TLS
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE_COOKIES
SESSION_COOKIE_NAME = "__Host-sessionid" if SECURE_COOKIES else "sessionid"
CSRF_COOKIE_NAME = "__Host-csrftoken" if SECURE_COOKIES else "csrftoken"
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_AGE = 10 * 3600  # seconds; a desk session ends after ten hours at the latest
SESSION_IDLE_SECONDS = 30 * 60  # … and after half an hour without a request
FIELD_SESSION_SECONDS = 30 * 24 * 3600  # a grid worker's phone
CSRF_TRUSTED_ORIGINS = env.words("CSRF_TRUSTED_ORIGINS")
# How many proxies of ours stand before the server; only their X-Forwarded headers are believed.
TRUSTED_PROXIES = env.count("TRUSTED_PROXIES", 0)
if TRUSTED_PROXIES:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SECURE_SSL_REDIRECT = SECURE_COOKIES and TRUSTED_PROXIES > 0
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^healthz/deep$", r"^readyz$"]
SECURE_HSTS_SECONDS = 365 * 24 * 3600 if SECURE_COOKIES else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_COOKIES
SILENCED_SYSTEM_CHECKS = [
    "security.W002",  # X-Frame-Options comes from governance.middleware.SecurityHeaders
    "security.W021",  # names of an office's own network are in no browser's preload list
]
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CONTENT_TYPE_NOSNIFF = True
X_FRAME_OPTIONS = "DENY"
CSRF_FAILURE_VIEW = "governance.pages.csrf_failure"
AUTH_USER_MODEL = "grids.User"
AUTHENTICATION_BACKENDS = ["governance.signed_in.Staff"]
SESSION_ENGINE = "governance.signed_in"
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 12},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
]
LOGIN_URL = "login"
LOGIN_REDIRECT_URL = "home"
LOGOUT_REDIRECT_URL = "start"

# --- keys: rings NUMBER:BASE64, the highest number writes, all read --------------------
FIELD_KEYS = env.keys("FIELD_KEYS")  # encrypts phone and identity numbers
INDEX_KEYS = env.keys("INDEX_KEYS")  # blind indexes of the same
SEAL_KEYS = env.keys("SEAL_KEYS")  # wraps the keys of sealed matters; kept out of backups
CODE_KEYS = env.keys("CODE_KEYS")  # makes query codes
CODE_LOOKUP_KEYS = env.keys("CODE_LOOKUP_KEYS")  # finds a case by its query code

# --- apps: bottom to top; a package may import only from the ones above it in this list
INSTALLED_APPS = [
    "grids.apps.GridsConfig",
    "cases.apps.CasesConfig",
    "governance.apps.GovernanceConfig",
    "rest_framework",
    "drf_spectacular",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
]
MIDDLEWARE = [
    "governance.proxies.TrueAddress",
    "governance.middleware.SecurityHeaders",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "governance.middleware.PlainInput",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "governance.middleware.SessionEnds",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",  # closed by default
    "django.contrib.messages.middleware.MessageMiddleware",
    "governance.middleware.OwnPasswordFirst",
    "governance.middleware.BrokenRules",
]

# --- database -------------------------------------------------------------------------
DATABASES = {"default": env.database("DATABASE_URL")}
# The role that owns the tables: only ``migrate`` and the clean-up of tests connect with it.
OWNER_DATABASE = env.database("DATABASE_OWNER_URL", env.text("DATABASE_URL"))
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# --- web ------------------------------------------------------------------------------
STATIC_URL = "/static/"
WHITENOISE_USE_FINDERS = True  # the one command needs no collectstatic
WHITENOISE_AUTOREFRESH = DEBUG
DATA_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024  # bytes, without files
FILE_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 500
DATA_UPLOAD_MAX_NUMBER_FILES = 12
TEMPLATES: list[dict[str, Any]] = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],  # all templates live there, none inside apps
        "APP_DIRS": False,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "governance.context.shell",
            ],
            "loaders": [
                (
                    "django.template.loaders.cached.Loader",
                    ["django.template.loaders.filesystem.Loader"],
                )
            ],
            "builtins": ["django.templatetags.i18n", "governance.templatetags.words"],
        },
    }
]
FORM_RENDERER = "django.forms.renderers.DjangoTemplates"
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"

# --- files ----------------------------------------------------------------------------
FILES_DIR = Path(env.text("FILES_DIR", str(BASE_DIR / ".state" / "files")))
STORAGES = {
    "default": {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {"location": FILES_DIR, "base_url": None},
    },
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}

# --- language -------------------------------------------------------------------------
LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", _("Simplified Chinese")), ("en", _("English"))]
LOCALE_PATHS = [BASE_DIR / "locale"]
USE_I18N = True
LANGUAGE_COOKIE_HTTPONLY = True
LANGUAGE_COOKIE_AGE = 365 * 24 * 3600

# --- rest api -------------------------------------------------------------------------
REST_FRAMEWORK = {
    "DEFAULT_PERMISSION_CLASSES": [
        "rest_framework.permissions.IsAuthenticated",
        "governance.tokens.WithinScope",
    ],
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "governance.tokens.TokenAuthentication",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["governance.api.StrictJSONParser"],
    "DEFAULT_CONTENT_NEGOTIATION_CLASS": "governance.api.OnlyJSON",
    "DEFAULT_SCHEMA_CLASS": "governance.described.Described",
    "EXCEPTION_HANDLER": "governance.api.exception_handler",
    "UNAUTHENTICATED_USER": "django.contrib.auth.models.AnonymousUser",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Jieyou API",
    "VERSION": "1",
    "SERVE_INCLUDE_SCHEMA": False,
    "ENUM_NAME_OVERRIDES": {
        "CaseStatus": "cases.rules.workflow.Status.values",
        "SealedStatus": "cases.rules.sealing.SealedStatus.values",
        "CaseKind": "cases.rules.workflow.Kind.values",
        "DueOf": "cases.rules.whose.DueOf.values",
        "GridKind": "grids.grid_api.KINDS",
        "UnitKind": "grids.roles.UnitKindCode.values",
        "AreaChange": "grids.roles.AreaChangeKind.values",
        "EditionChange": "grids.matching.ChangeKind.values",
        "EditionChangeState": "grids.models.edition.ChangeState.values",
        "EditionState": "grids.models.edition.EditionState.values",
        "LookKind": "governance.audit.api.LOOK_KINDS",
        "Role": "grids.roles.Role.values",
        "CrewRole": "cases.pages.crew_api.ROLES",
        "ExportReason": "cases.pages.export_api.WHYS",
        "UnmaskReason": "cases.pages.looks_api.WHYS",
        "LampCode": "cases.rules.lamp.LampCode.values",
        "GridLevel": ["grid", "microgrid"],
        "AreaLevel": "cases.shapes.LEVELS",
    },
    "SERVE_PERMISSIONS": ["rest_framework.permissions.IsAuthenticated"],
}

# --- celery ---------------------------------------------------------------------------
REDIS_URL = env.text("REDIS_URL")
CELERY_BROKER_URL = REDIS_URL
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": 900,
    "socket_timeout": 10,
    "socket_connect_timeout": 1,
    "health_check_interval": 15,
    "socket_keepalive": True,
}
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_MAX_RETRIES = None
CELERY_TASK_IGNORE_RESULT = True  # the database is the record, not Redis
CELERY_TASK_ACKS_LATE = True  # every task is safe to run twice
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_CANCEL_LONG_RUNNING_TASKS_ON_CONNECTION_LOSS = True
CELERY_WORKER_MAX_MEMORY_PER_CHILD = 300_000  # KB
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_TASK_TIME_LIMIT = 300  # seconds, below the visibility timeout
CELERY_TASK_SOFT_TIME_LIMIT = 240
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TASK_PUBLISH_RETRY_POLICY = {"max_retries": 1, "interval_start": 0}  # beat catches up
CELERY_TIMEZONE = TIME_ZONE
BEAT_SECONDS = env.number("BEAT_SECONDS", 30)  # how often due cases are looked for
CELERY_BEAT_SCHEDULE = {
    "sweep": {"task": "cases.tasks.sweep", "schedule": BEAT_SECONDS},
    "heartbeat": {"task": "cases.tasks.heartbeat", "schedule": BEAT_SECONDS},
    "tidy heartbeats": {"task": "cases.tasks.tidy_heartbeats", "schedule": 3600.0},
    "deliver notices": {"task": "cases.tasks.deliver", "schedule": BEAT_SECONDS},
    "warn of deadlines": {"task": "cases.tasks.warn", "schedule": BEAT_SECONDS},
    "send messages": {"task": "cases.tasks.dispatch", "schedule": BEAT_SECONDS},
    "prepare attachments": {"task": "cases.tasks.prepare_attachments", "schedule": BEAT_SECONDS},
    "fold figures": {"task": "cases.tasks.fold", "schedule": BEAT_SECONDS},
    "pass recusals": {"task": "cases.tasks.pass_recusals", "schedule": 600.0},
    "relieve who was on duty": {"task": "cases.tasks.stand_down", "schedule": 60.0},
    "tidy uploads": {"task": "cases.tasks.tidy_uploads", "schedule": 3600.0},
    "apply editions": {"task": "cases.tasks.apply_editions", "schedule": 60.0},
    "recount clocks": {"task": "cases.tasks.recount_clocks", "schedule": 60.0},
    "change policies": {"task": "cases.tasks.change_policies", "schedule": 30.0},
    "settle ended posts": {"task": "cases.tasks.settle_posts", "schedule": 600.0},
    "supervise": {"task": "cases.tasks.supervise", "schedule": 60.0},
    "draw look-backs": {"task": "cases.tasks.look_back", "schedule": 3600.0},
    "review suspensions": {"task": "cases.tasks.review_suspensions", "schedule": 300.0},
    "let times lapse": {"task": "cases.tasks.lapse", "schedule": 300.0},
    "strike off in silence": {"task": "cases.tasks.strike_silent", "schedule": 3600.0},
}

# --- messages out of the house; nothing is sent before a channel is switched on ----------
SITE_URL = env.text("SITE_URL", "")  # how people reach this server; links in messages begin so
OUTGOING_HOSTS = env.words("OUTGOING_HOSTS")  # only these, when any are named
OUTGOING_PRIVATE = env.networks("OUTGOING_PRIVATE")
OUTGOING_PLAIN = env.flag("OUTGOING_PLAIN", default=False)  # http beside https
QUIET_HOURS = env.text("QUIET_HOURS", "20:00-08:00")  # districts and people choose their own
EMAIL_HOST = env.text("EMAIL_HOST", "")
EMAIL_PORT = int(env.number("EMAIL_PORT", 465))
EMAIL_HOST_USER = env.text("EMAIL_USER", "")
EMAIL_HOST_PASSWORD = env.text("EMAIL_PASSWORD", "")
EMAIL_USE_SSL = EMAIL_PORT == 465
EMAIL_USE_TLS = EMAIL_PORT == 587
EMAIL_TIMEOUT = 10  # seconds
DEFAULT_FROM_EMAIL = env.text("EMAIL_FROM", "jieyou@localhost")

# --- domain ---------------------------------------------------------------------------
HEALTH_TOKEN = env.text("HEALTH_TOKEN", "")  # for /healthz/deep; empty: this machine only
SWEEP_BATCH = 20_000  # clocks per statement; measured in docs/adr/0006

# --- logging --------------------------------------------------------------------------
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": env.text("LOG_LEVEL", "INFO")},
    "loggers": {"django.request": {"level": "ERROR"}},
}
