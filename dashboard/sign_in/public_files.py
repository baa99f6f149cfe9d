"""What browsers ask for by themselves, whoever is signed in: icon, manifest, script of notices."""

from pathlib import Path

from fastapi import FastAPI, Request
from fastapi.responses import FileResponse, JSONResponse

from dashboard.sign_in.paths import FAVICONS, SERVICE_WORKER
from dashboard.web.installed_app import MANIFEST, manifest
from dashboard.web.request_user import prefix_of

_DASHBOARD = Path(__file__).parents[1]
# Not among the assets, which every page loads as its own script.
_WORKER = _DASHBOARD / "notification" / "service_worker.js"


def register(server: FastAPI) -> None:
    """Add the routes."""
    server.add_api_route(FAVICONS[0], _favicon, methods=["GET"])
    server.add_api_route(SERVICE_WORKER, _service_worker, methods=["GET"])
    server.add_api_route(MANIFEST, _manifest, methods=["GET"])


async def _favicon() -> FileResponse:
    """Serve the icon of the browser's tab."""
    return FileResponse(_DASHBOARD / "assets" / "favicon.ico", media_type="image/x-icon")


async def _service_worker() -> FileResponse:
    """Serve the script that shows notices; it asks for nothing but its own newer version."""
    policy_of_worker = {"Content-Security-Policy": "default-src 'none'"}
    return FileResponse(_WORKER, media_type="text/javascript", headers=policy_of_worker)


async def _manifest(request: Request) -> JSONResponse:
    """Serve what a phone installs the dashboard by."""
    found = manifest(prefix_of(request.state))
    return JSONResponse(found, media_type="application/manifest+json")
