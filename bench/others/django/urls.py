"""The same work on Django."""
import json

from django.conf import settings
from django.contrib.auth import authenticate, get_user_model, login
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.http import JsonResponse
from django.middleware.csrf import get_token
from django.urls import path
from django.views.decorators.http import require_GET, require_POST

limits = (MinValueValidator(1), MaxValueValidator(99))


def check_line(fields):
    """Raises ValidationError for what is no line of a cart."""
    sku, quantity = fields.get("sku"), fields.get("quantity")
    if not isinstance(sku, str) or type(quantity) is not int:
        raise ValidationError("invalid")
    for limit in limits:
        limit(quantity)
    return sku, quantity


@require_GET
def ping(request):
    return JsonResponse({"message": "pong"})


@require_GET
def me(request):
    if not request.user.is_authenticated:
        return JsonResponse({"error": "not logged in"}, status=401)
    user = request.user
    return JsonResponse({"id": user.id, "username": user.username, "visits": request.session["visits"]})


@require_POST
def cart(request):
    try:
        sku, quantity = check_line(json.loads(request.body))
    except (ValueError, ValidationError):
        return JsonResponse({"error": "invalid"}, status=422)
    lines = request.session.get("cart", {})
    request.session["cart"] = {**lines, sku: lines.get(sku, 0) + quantity}
    return JsonResponse(request.session["cart"])


def begin(request, user, visits):
    login(request, user, backend="django.contrib.auth.backends.ModelBackend")
    request.session["visits"] = visits
    request.session["cart"] = {}
    get_token(request)


@require_POST
def log_in(request):
    fields = json.loads(request.body)
    user = authenticate(request, username=fields["username"], password=fields["password"])
    if user is None:
        return JsonResponse({"error": "invalid login"}, status=401)
    begin(request, user, 0)
    return JsonResponse({"id": user.id})


@require_POST
def enter(request):
    begin(request, get_user_model().objects.get(pk=1), int(request.GET["visits"]))
    return JsonResponse({"ok": True})


@require_GET
def one(request, id):
    return JsonResponse({"id": id})


urlpatterns = [
    path("ping", ping),
    path("me", me),
    path("cart", cart),
    path("login", log_in),
    path("enter", enter),
    *(path(f"r{index}/<int:id>", one) for index in range(settings.PLACE["manyRoutes"])),
]
