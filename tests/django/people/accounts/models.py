"""Accounts as most sites have them that do not use Django's own: its columns and one more."""
from django.contrib.auth.models import AbstractUser
from django.db import models


class User(AbstractUser):
    id = models.BigAutoField(primary_key=True)
    nick = models.CharField("nickname", max_length=30, default="")
