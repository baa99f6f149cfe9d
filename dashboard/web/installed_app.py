"""What a phone needs to put the dashboard on its home screen: a manifest, icons, colours of its
frame. All of it is the same for everybody, and says nothing of the plant.
"""

from collections.abc import Mapping
from typing import Any

MANIFEST = "/manifest.webmanifest"
ICONS = "/assets/app_icons"
# Those of the head of a page and of the ground, `assets/1_ground.css`.
HEAD = {"light": "#e9ebed", "dark": "#262a2e"}
GROUND = "#d3d7da"


def manifest(prefix: str) -> Mapping[str, Any]:
    """Return the web app manifest of an installation below a path of a proxy."""
    shown = [("icon-192", "192x192", "any"), ("icon-512", "512x512", "any")]
    shown.append(("icon-maskable-512", "512x512", "maskable"))
    icons = [
        {
            "src": f"{prefix}{ICONS}/{name}.png",
            "sizes": sizes,
            "type": "image/png",
            "purpose": purpose,
        }
        for name, sizes, purpose in shown
    ]
    return {
        "id": f"{prefix}/",
        "name": "Virtaama",
        "short_name": "Virtaama",
        "start_url": f"{prefix}/",
        "scope": f"{prefix}/",
        "display": "standalone",
        "theme_color": HEAD["light"],
        "background_color": GROUND,
        "icons": icons,
    }


def head_html(prefix: str, scheme: str | None) -> str:
    """Return what the head of each page says of it; without a chosen scheme the system's rules."""
    if scheme is None:
        colours = [
            f'<meta name="theme-color" media="(prefers-color-scheme: {each})" content="{colour}">'
            for each, colour in HEAD.items()
        ]
    else:
        colours = [f'<meta name="theme-color" content="{HEAD[scheme]}">']
    return "\n".join(
        [
            *colours,
            f'<link rel="manifest" href="{prefix}{MANIFEST}">',
            f'<link rel="apple-touch-icon" href="{prefix}{ICONS}/apple-touch-icon.png">',
        ]
    )
