"""The Django half of the example: a whole site in one file, as stock as it gets. Start it with start.mjs."""
import os
import sys
from pathlib import Path
from urllib.parse import unquote, urlsplit

from django.conf import settings

HERE = Path(__file__).resolve().parent


def database(url):
    """DATABASE_URL as Django's settings have it: a SQLite file, or PostgreSQL."""
    parts = urlsplit(url)
    if parts.scheme == "sqlite":
        return {"ENGINE": "django.db.backends.sqlite3", "NAME": unquote(parts.path), "OPTIONS": {"timeout": 10}}
    if parts.scheme not in ("postgres", "postgresql"):
        raise SystemExit("DATABASE_URL starts with sqlite: or postgres: in this example.")
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": parts.path[1:],
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": parts.hostname or "",
        "PORT": parts.port or "",
    }


settings.configure(
    SECRET_KEY=os.environ["SECRET_KEY"],
    ALLOWED_HOSTS=["127.0.0.1", "localhost"],
    ROOT_URLCONF=__name__,
    DATABASES={"default": database(os.environ["DATABASE_URL"])},
    DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
    SESSION_ENGINE=os.environ.get("SESSION_ENGINE", "django.contrib.sessions.backends.db"),
    USE_TZ=True,
    TIME_ZONE="UTC",
    INSTALLED_APPS=["django.contrib.auth", "django.contrib.contenttypes", "django.contrib.sessions"],
    MIDDLEWARE=[
        "django.contrib.sessions.middleware.SessionMiddleware",
        "django.middleware.common.CommonMiddleware",
        "django.middleware.csrf.CsrfViewMiddleware",
        "django.contrib.auth.middleware.AuthenticationMiddleware",
    ],
    LOGGING={"version": 1, "disable_existing_loggers": False, "loggers": {"django.server": {"level": "WARNING"}}},
    AUTH_PASSWORD_VALIDATORS=[{"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator"}],
    TEMPLATES=[{"BACKEND": "django.template.backends.django.DjangoTemplates", "DIRS": [HERE / "templates"]}],
)

from django.contrib import auth  # noqa: E402  the settings come first
from django.contrib.auth.decorators import login_required  # noqa: E402
from django.contrib.auth.password_validation import validate_password  # noqa: E402
from django.core.exceptions import ValidationError  # noqa: E402
from django.shortcuts import redirect, render  # noqa: E402
from django.urls import path  # noqa: E402
from django.views.decorators.http import require_POST  # noqa: E402

PAGES = ("/", "/nuages/")
PROBLEMS = {"login": "The name or the password is wrong.", "password": "The old password is wrong, or the new one is too short."}


def back(request, problem=None):
    """To the page that the form was on: each program answers forms of the other's page."""
    page = request.POST.get("next")
    page = page if page in PAGES else PAGES[0]
    return redirect(page if problem is None else page + "?problem=" + problem)


def home(request):
    django, nuages = request.session.get("django_count", 0), request.session.get("nuages_count", 0)
    problem = PROBLEMS.get(request.GET.get("problem"))
    context = {"user": request.user, "django": django, "nuages": nuages, "total": django + nuages, "problem": problem}
    return render(request, "page.html", context)


@require_POST
def count(request):
    request.session["django_count"] = request.session.get("django_count", 0) + 1
    return back(request)


@require_POST
def login(request):
    user = auth.authenticate(request, username=request.POST.get("username"), password=request.POST.get("password"))
    if user is None:
        return back(request, "login")
    auth.login(request, user)
    return back(request)


@require_POST
def logout(request):
    auth.logout(request)
    return back(request)


@require_POST
@login_required(login_url="/")
def password(request):
    new = request.POST.get("new", "")
    try:
        validate_password(new, request.user)
    except ValidationError:
        return back(request, "password")
    if not request.user.check_password(request.POST.get("old", "")):
        return back(request, "password")
    request.user.set_password(new)
    request.user.save()
    auth.update_session_auth_hash(request, request.user)
    return back(request)


urlpatterns = [
    path("", home),
    path("count/", count),
    path("login/", login),
    path("logout/", logout),
    path("password/", password),
]

if __name__ == "__main__":
    from django.core.management import execute_from_command_line

    execute_from_command_line(sys.argv)
