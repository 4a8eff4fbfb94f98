"""The themes, as data: every colour of the app except the picture's paints.

Every text has a contrast of 4.5:1 on every background.
"""

from __future__ import annotations

from functools import cache

from msgspec import Struct
from textual.css.stylesheet import Stylesheet
from textual.theme import Theme

from coffeeshop.views.picture.pixels import Paints
from coffeeshop.views.picture.sprites import THEME_PAINTS


class Palette(Struct, frozen=True):
    """The colours of one theme: backgrounds, text and roles, the border of a pane without focus,
    and the roles in chalk on the blackboard of a bay's sign.

    `light` names the set of paints for the picture.
    """

    background: str
    surface: str
    panel: str
    text: str
    muted: str
    primary: str
    accent: str
    secondary: str
    ok: str
    warning: str
    error: str
    border: str
    board: str
    chalk: str
    chalk_muted: str
    chalk_ok: str
    chalk_warning: str
    chalk_error: str
    light: str
    dark: bool = True


PALETTES: dict[str, Palette] = {
    "dark-roast": Palette(
        background="#1b1410", surface="#241b15", panel="#33261d", text="#f2e8dc", muted="#b3a08d",
        primary="#d9a066", accent="#e8c07d", secondary="#8fbca8", ok="#9bcb78", warning="#f2b84b", error="#f58e86",
        border="#8f7359", board="#0f0b08", chalk="#f2e8dc", chalk_muted="#b3a08d",
        chalk_ok="#9bcb78", chalk_warning="#f2b84b", chalk_error="#f58e86", light="dark-roast",
    ),
    "latte": Palette(
        background="#fbf5ec", surface="#f4eadb", panel="#e9dac4", text="#2b1d12", muted="#65503e",
        primary="#7a4a1e", accent="#7d4a0e", secondary="#285e4b", ok="#28601a", warning="#714800", error="#a01818",
        border="#94765a", board="#33241a", chalk="#fbf5ec", chalk_muted="#cbb8a2",
        chalk_ok="#a9d68a", chalk_warning="#f5c765", chalk_error="#ff9e96", light="latte", dark=False,
    ),
    "high-contrast": Palette(
        background="#000000", surface="#000000", panel="#000000", text="#ffffff", muted="#c8c8c8",
        primary="#ffffff", accent="#ffff00", secondary="#00ffff", ok="#00ff66", warning="#ffd300", error="#ff9090",
        border="#aaaaaa", board="#000000", chalk="#ffffff", chalk_muted="#c8c8c8",
        chalk_ok="#00ff66", chalk_warning="#ffd300", chalk_error="#ff9090", light="dark-roast",
    ),
}  # fmt: skip
# A receipt is paper in every theme.
PAPER_COLOURS = {"paper": "#f6ecdc", "ink": "#2b1d12", "ink_faint": "#6b5646"}
# Cameras read black on white best, so every theme uses it.
QR_INK = "#000000"
QR_PAPER = "#ffffff"

COLOUR_NAMES = tuple(
    name for name in Palette.__struct_fields__ if name not in ("light", "dark")
)

# Textual's variables by the role whose colour they get, so that no tint of Textual's weakens the contrast.
TEXTUAL_VARIABLES: dict[str, str] = {
    "text": "text block-cursor-blurred-foreground input-cursor-background footer-foreground",
    "muted": "text-muted text-disabled foreground-muted foreground-disabled footer-description-foreground",
    "primary": "text-primary border scrollbar-hover",
    "secondary": "text-secondary",
    "accent": "text-accent block-cursor-background footer-key-foreground link-color scrollbar-active",
    "ok": "text-success",
    "warning": "text-warning",
    "error": "text-error",
    "border": "border-blurred scrollbar",
    "background": "block-cursor-foreground input-cursor-foreground button-color-foreground",
    "surface": "scrollbar-background scrollbar-background-hover scrollbar-background-active scrollbar-corner-color",
    "panel": "block-cursor-blurred-background block-hover-background input-selection-background footer-background",
    "board": "board",
    "chalk": "chalk",
}


@cache
def picture_paints(name: str) -> Paints:
    """Return the picture's colours in a theme: its pixels by letter, the theme's roles by name."""
    palette = PALETTES.get(name, PALETTES["dark-roast"])
    return Paints(
        THEME_PAINTS[palette.light]
        | PAPER_COLOURS
        | {role: getattr(palette, role) for role in COLOUR_NAMES},
        palette.dark,
    )


def theme(name: str) -> Theme:
    """Return Textual's theme for a palette."""
    p = PALETTES[name]
    named = {
        variable: getattr(p, role)
        for role, variables in TEXTUAL_VARIABLES.items()
        for variable in variables.split()
    }
    return Theme(
        name, p.primary, p.secondary, p.warning, p.error, p.ok, p.accent, p.text, p.background, p.surface, p.panel,
        dark=p.dark,
        variables=named | {"block-cursor-text-style": "bold", "block-cursor-blurred-text-style": "bold"},
    )  # fmt: skip


THEMES: dict[str, Theme] = {name: theme(name) for name in PALETTES}


class Rules(Stylesheet):
    """A stylesheet that parses its rules again only if the colours changed.

    Textual asks for it whenever a screen of another mode is first shown. That would cost a key
    fifty milliseconds.
    """

    def __init__(self, variables: dict[str, str]) -> None:
        """Make a stylesheet with the colours of a theme, by variable name."""
        super().__init__(variables=variables)
        self._colours = variables
        self._stale = False

    def set_variables(self, variables: dict[str, str]) -> None:
        """Set the colours of a theme."""
        if variables != self._colours:
            self._colours = variables
            self._stale = True
            super().set_variables(variables)

    def reparse(self) -> None:
        """Parse the files that are new. After a change of colours, parse everything."""
        if self._stale:
            self._stale = False
            super().reparse()
        else:
            self.parse()
