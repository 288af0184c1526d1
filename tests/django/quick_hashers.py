"""For tests in which the cost of a password's hash is not looked at: 1000 rounds, as `quickHashes` of ./oracle.ts says to Nuages."""
from django.contrib.auth.hashers import PBKDF2PasswordHasher


class QuickPBKDF2(PBKDF2PasswordHasher):
    iterations = 1000
