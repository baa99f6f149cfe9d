"""Chromium and a font, for the tests that look at pages.

It is the headless shell: the same engine without a browser around it, which takes as much of the
processor as a page does. It comes from the machine's own Debian release, with those of its
libraries that the machine lacks, so it runs on the machine's own C library.
"""

import ctypes
import os
import shutil
from pathlib import Path

from deploy.errors import FetchError
from deploy.stack.debian import Recipe, provide

SETTING = "VIRTAAMA_CHROMIUM"
NAMES_ON_PATH = (
    "chromium-headless-shell",
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
)
# Pages look the same everywhere only if the fonts are the same everywhere.
FONTS = {
    "sans-serif": "Liberation Sans",
    "system-ui": "Liberation Sans",
    "serif": "Liberation Serif",
    "monospace": "Liberation Mono",
}
# What a browser without a desktop never starts or draws.
_NOT_NEEDED = """
adwaita-icon-theme at-spi2-core dbus dbus-bin dbus-daemon dbus-session-bus-common
dbus-system-bus-common dbus-user-session dconf-gsettings-backend dconf-service hicolor-icon-theme
gsettings-desktop-schemas gtk-update-icon-cache libgtk-3-bin libgl1-mesa-dri libllvm15 libllvm19
libperl5.36 libperl5.40 libsystemd-shared libz3-4 mesa-libgallium perl perl-base perl-modules-5.36
perl-modules-5.40 shared-mime-info systemd systemd-sysv ucf x11-common x11-utils x11-xserver-utils
xdg-utils xkb-data
"""
RECIPE = Recipe(
    name="chromium",
    packages=("chromium-headless-shell", "fonts-liberation", "fonts-dejavu-core"),
    without=frozenset(_NOT_NEEDED.split()),
    otherwise=f"Set {SETTING} to the path of a Chromium or Chrome of your own.",
)
# The Node.js inside Playwright wants one library that a small Debian lacks.
DRIVER_LIBRARY = "libatomic.so.1"
DRIVER_RECIPE = Recipe(
    name="driver", packages=("libatomic1",), otherwise="Install the package libatomic1."
)


def chromium_path() -> Path:
    """Return a Chromium to run: the one set, the one installed, or one fetched now."""
    setting = os.environ.get(SETTING)
    if setting:
        if not os.access(setting, os.X_OK):
            raise FetchError(
                f"{SETTING} is {setting}, which is not a program. Correct or unset it."
            )
        return Path(setting)
    for name in NAMES_ON_PATH:
        found = shutil.which(name)
        if found is not None:
            return Path(found)
    return provide(RECIPE, _wrap) / "chromium"


def driver_environment() -> dict[str, str]:
    """Return the environment variables that Playwright's own program needs on this machine."""
    try:
        ctypes.CDLL(DRIVER_LIBRARY)
    except OSError:
        prefix = provide(DRIVER_RECIPE, lambda _unpacked, _prefix: None)
        library = next(prefix.glob(f"usr/lib/*/{DRIVER_LIBRARY}"))
        return {"LD_LIBRARY_PATH": str(library.parent)}
    return {}


def chromium_arguments() -> list[str]:
    """Return the switches that keep Chromium to the page under test."""
    quiet = [
        "--disable-gpu",
        "--disable-quic",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
    ]
    # Chromium refuses to build its sandbox as root.
    return ["--no-sandbox", *quiet] if os.geteuid() == 0 else quiet


def _wrap(unpacked: Path, prefix: Path) -> None:
    """Write the script that starts Chromium with the unpacked libraries and font."""
    folders = sorted(
        {path.parent for path in unpacked.rglob("*.so*")} - set(unpacked.glob("usr/lib/chromium*"))
    )
    libraries = ":".join(str(prefix / folder.relative_to(unpacked)) for folder in folders)
    aliases = "".join(
        f"  <alias><family>{family}</family><prefer><family>{font}</family></prefer></alias>\n"
        for family, font in FONTS.items()
    )
    (unpacked / "fonts.conf").write_text(
        '<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "fonts.dtd">\n'
        "<fontconfig>\n"
        f"  <dir>{prefix}/usr/share/fonts</dir>\n"
        f"  <cachedir>{prefix}/fontconfig</cachedir>\n"
        f"{aliases}"
        "</fontconfig>\n",
        encoding="utf-8",
    )
    script = unpacked / "chromium"
    script.write_text(
        "#!/bin/sh\n"
        f'export LD_LIBRARY_PATH="{libraries}"\n'
        f'export FONTCONFIG_FILE="{prefix}/fonts.conf"\n'
        f'exec "{prefix}/usr/lib/chromium/chromium-headless-shell" "$@"\n',
        encoding="utf-8",
    )
    script.chmod(0o755)
