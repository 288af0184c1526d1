"""Django as `startproject` writes it, without the pages for staff; persistent connections, as its docs say."""
import json
import logging
import os
from urllib.parse import unquote, urlsplit

PLACE = json.loads(os.environ["BENCH_PLACE"])

SECRET_KEY = "a secret key of the benchmark, as long as one should be: 50 or more"
DEBUG = False
ALLOWED_HOSTS = ["127.0.0.1"]
ROOT_URLCONF = "urls"
USE_TZ = True
INSTALLED_APPS = ["django.contrib.auth", "django.contrib.contenttypes", "django.contrib.sessions"]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]
DEFAULT_AUTO_FIELD = "django.db.models.AutoField"
PASSWORD_HASHERS = ["hashers.BenchmarkHasher"]
LOGGING_CONFIG = None
logging.getLogger("django.request").setLevel(logging.ERROR)


def database():
    if PLACE["store"] != "postgresql":
        return {"ENGINE": "django.db.backends.sqlite3", "NAME": PLACE["database"], "CONN_MAX_AGE": None}
    url = urlsplit(PLACE["database"])
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(url.path[1:]),
        "USER": unquote(url.username or ""),
        "PASSWORD": unquote(url.password or ""),
        "HOST": url.hostname,
        "PORT": url.port or 5432,
        "CONN_MAX_AGE": None,
    }


DATABASES = {"default": database()}
if PLACE["redis"] is not None:
    SESSION_ENGINE = "django.contrib.sessions.backends.cache"
    CACHES = {"default": {"BACKEND": "django_redis.cache.RedisCache", "LOCATION": PLACE["redis"]}}
