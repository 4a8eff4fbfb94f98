from __future__ import annotations

import pytest

from coffeeshop.tui.theme import PALETTES, QR_INK, QR_PAPER, THEMES, Palette, picture_paints
from coffeeshop.views.picture.sprites import HAIR_COLOURS, SKIN_COLOURS, THEME_PAINTS


def luminance(colour: str) -> float:
    channels = (int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5))
    red, green, blue = (
        c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in channels
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


TEXTS = ("text", "muted", "primary", "accent", "secondary", "ok", "warning", "error")
CHALKS = ("chalk", "chalk_muted", "chalk_ok", "chalk_warning", "chalk_error")
GROUNDS = ("background", "surface", "panel")


def pairs(palette: Palette) -> dict[tuple[str, str], float]:
    inks = [(text, ground) for text in TEXTS for ground in GROUNDS] + [
        (chalk, "board") for chalk in CHALKS
    ]
    return {
        pair: contrast(getattr(palette, pair[0]), getattr(palette, pair[1]))
        for pair in inks
    }


@pytest.mark.parametrize(
    ("name", "least"), [("dark-roast", 4.5), ("latte", 4.5), ("high-contrast", 7.0)]
)
def test_every_text_stands_out_from_every_ground(name: str, least: float) -> None:
    assert {
        pair: ratio for pair, ratio in pairs(PALETTES[name]).items() if ratio < least
    } == {}


@pytest.mark.parametrize("name", PALETTES)
def test_the_border_of_a_quiet_pane_and_a_cursor_can_be_seen(name: str) -> None:
    palette = PALETTES[name]
    assert (
        min(contrast(palette.border, getattr(palette, ground)) for ground in GROUNDS) >= 3
    )
    assert contrast(palette.background, palette.accent) >= 4.5


def test_a_camera_reads_the_code_in_every_theme() -> None:
    assert contrast(QR_INK, QR_PAPER) == 21


@pytest.mark.parametrize("name", PALETTES)
def test_no_tint_of_textual_weakens_a_role(name: str) -> None:
    palette, variables = PALETTES[name], THEMES[name].variables
    assert [variables[f"text-{role}"] for role in ("success", "warning", "error", "muted")] == [
        palette.ok, palette.warning, palette.error, palette.muted,
    ]  # fmt: skip


@pytest.mark.parametrize("name", PALETTES)
def test_the_picture_gets_its_pixels_and_the_roles_of_the_theme(name: str) -> None:
    found = picture_paints(name).colours
    assert {found[role] for role in TEXTS} == {
        getattr(PALETTES[name], role) for role in TEXTS
    }
    assert set(THEME_PAINTS["dark-roast"]) <= set(found)
    assert all(
        len(colour) == 7 for colour in (*found.values(), *SKIN_COLOURS, *HAIR_COLOURS)
    )


def test_both_lights_have_the_same_paints() -> None:
    assert THEME_PAINTS["dark-roast"].keys() == THEME_PAINTS["latte"].keys()
