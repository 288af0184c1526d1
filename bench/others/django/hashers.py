"""Django's default hasher, with the count of the benchmark."""
from django.conf import settings
from django.contrib.auth.hashers import PBKDF2PasswordHasher


class BenchmarkHasher(PBKDF2PasswordHasher):
    iterations = settings.PLACE["account"]["iterations"]
