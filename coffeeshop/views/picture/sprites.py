"""The sprites of the shop as rows of paint letters, and the paints of each theme.

A dot is transparent. `h` hair, `s` skin, `t` shirt, `u` its shade, `a` apron and `T` trousers
have colours by person. Every other letter is a key of `THEME_PAINTS`. One letter is one half-block
pixel. Each sprite comes in two sizes: a bay is 16 pixels high in the tall picture, 8 in the low
one.
"""

from __future__ import annotations

from typing import TypeAlias

from msgspec import Struct

Sprite: TypeAlias = tuple[str, ...]


class Kit(Struct, frozen=True):
    """All sprites of one size.

    `front` is the height of a counter, `rail` the height of the panels, and `foot` the height
    of the floor, in pixels. `letter` is the column and row of the letter on an apron.
    """

    sprites: dict[str, Sprite]
    front: int
    rail: int
    foot: int
    letter: tuple[int, int]

    def __getitem__(self, name: str) -> Sprite:
        """Return a sprite by its name."""
        return self.sprites[name]


def _sheet(*drawings: str) -> dict[str, Sprite]:
    """Return the sprites of a sheet by name.

    They are drawn side by side below their names. A dash means that a sprite has no more rows.
    """
    sprites: dict[str, Sprite] = {}
    for drawing in drawings:
        names, *rows = (line.split() for line in drawing.split("\n") if line.strip())
        for name, column in zip(names, zip(*rows, strict=True), strict=True):
            sprites[name] = tuple(row for row in column if row != "-")
    return sprites


TALL_SPRITES = Kit(_sheet("""
    head0   head1   head2   head3   body    apron   coat    lamp  dark  ticket cup
    ..hhhh. .hhhhh. ...hh.. .hhhhh. ..uss.. ..uss.. ..uss.. ..k.. ..k.. ppp    ppp.
    .hhhhhh hhhhhhh ..hhhh. hhhhhhh uttttt. utattat utttttu .lll. .lll. pqp    pfpp
    .hssssh hhssshh .hhhhhh hsssssh uttttts utaaaat utykytu .LYL. .dkd. pqp    ppp.
    ..ksks. hsksksh .hksks. .sksks. uttttts utaaaat utttttu -     -     .p.    -
    ..ssss. hhsssh. ..ssss. .hhshh. sutttts suaaaas stykyts -     -     -      -
    -       -       -       -       sutttt. saaaaa. .ttttt. -     -     -      -
    -       -       -       -       .TTTTT. .aaaaa. .utttu. -     -     -      -
    -       -       -       -       .TT.TT. .TT.TT. .utttu. -     -     -      -
    -       -       -       -       .kk.kk. .kk.kk. .kk.kk. -     -     -      -
""", """
    Inventory   Recipes     Payroll     Badges      Register    Espresso    Orders          Door
    CCCCCCCCCCC CCCCCCCCCCC mmmmmmmmmmm CCCCCCCCCCC ...kkkkkk.. ..pp.pp.pp. nnnnnnnnnnnnnnn ddddddddd
    c.oo..GGG.c cR.BB.G.oyc mMMMMMMMMMm cdydRdydGdc ...kbbgbk.. .nnnnnnnnn. m.............m dDDDDDDDd
    cooo.BGGGBc cRRBBqGqoyc mMkkkkkkkMm cdydddyddyc ...kkkkkk.. RRRRRRRRRRR -               dDvvvvvDd
    cooooBGGGBc cRRBBqGqoyc mMkMMMMMkMk cddydBdydyc .....mm.... RrRRnnnRRgR -               dDvvvvvDd
    CCCCCCCCCCC CCCCCCCCCCC mMkMnynMkMm CCCCCCCCCCC .GGGGGGGGG. RRRRRRRRRRR -               dDvvvvvDd
    c.RR.qq.yyc cyqqGG.R..c mMkMyyyMkMm ....kkkkk.. GpGpGpGGrGG mkmmmmmmmkm -               dDvvvvvDd
    cRRRqqqqyyc cyqqGGoRRBc mMkMnynMkMm ....kbbbk.. GpGpGpGGgGG ..k.....k.. -               dDDDDDDDd
    cRRRqqqqyyc cyqqGGoRRBc mMkMMMMMkMk ..q.kbgbk.. kkkkkkkkkkk ..kpp.ppk.. -               dDcDDDcyd
    CCCCCCCCCCC CCCCCCCCCCC mMkkkkkkkMm .qq.kkkkk.. -           ..mpp.ppm.. -               dDcDDDcDd
    cCCC.CCCC.c cB.yy.qq.Rc mMMMMMMMMMm CCCCCCCCCCC -           nnnnnnnnnnn -               dDcDDDcDd
    cCdC.CddC.c cBGyyoqqRRc mmmmmmmmmmm cC.......Cc -           mMmMmMmMmMm -               dDDDDDDDd
    cCCC.CCCC.c cBGyyoqqRRc .kk.....kk. cC.......Cc -           -           -               ddddddddd
"""), front=4, rail=6, foot=2, letter=(3, 8))  # fmt: skip

LOW_SPRITES = Kit(_sheet("""
    head0 head1 head2 head3 body  apron coat  lamp dark ticket cup
    hhhhh .hhh. .hh.. .hhh. utttt utatt utytu lll  lll  ppp    pfp
    .ksk. hkskh hkskh hkskh uttts uaaas utttu LYL  dkd  pqp    ppp
    .sss. hsssh .sss. .hsh. stttt saaaa sttts -    -    .p.    -
    -     -     -     -     .T.T. .T.T. .t.t. -    -    -      -
""", """
    Inventory   Recipes     Payroll     Badges       Register    Espresso    Orders        Door
    CCCCCCCCCCC CCCCCCCCCCC mmmmmmmmmmm CCCCCCC..... ...kkkkkk.. ..pp.pp.pp. nnnnnnnnnnnnn ddddddd
    c.oo..GGG.c cR.BB.G.oyc mMkkkkkkkMm cydRdyc..... ...kbbgbk.. RRRRRRRRRRR -             dDvvvDd
    cooooBGGGBc cRRBBqGqoyc mMkMnynMkMk cdyBydckkkkk .GGkkkkkkG. RrRRnnnRRgR -             dDvvvDd
    CCCCCCCCCCC CCCCCCCCCCC mMkMyyyMkMm CCCCCCCkbgbk GpGpGpGGrGG mmkmmmmmkmm -             dDvvvDd
    cRRRqqq.yyc cyqqGGoR.Bc mMkMnynMkMk .......kkkkk kkkkkkkkkkk ..k.ppp.k.. -             dDDDDyd
    cRRRqqqqyyc cyqqGGoRRBc mMkkkkkkkMm CCCCCCCCCCCC -           MMMMMMMMMMM -             dDcDcDd
    CCCCCCCCCCC CCCCCCCCCCC mkk.....kkm cC........Cc -           -           -             dDcDcDd
"""), front=2, rail=4, foot=1, letter=(2, 5))  # fmt: skip


# ------------------------------------------------------------------- paints
def _paints(table: str) -> dict[str, str]:
    """Return the colours of a table of words: a paint letter, then six hexadecimal digits."""
    return {pair[0]: f"#{pair[1:]}" for pair in table.split()}


# w x panels and joints, F e floor, f coffee, C c d wood and n M m metal (light to dark), k dark, l L Y lamp, p q paper,
# D door, v sky, b g r screen and its lights, o y G R B goods, S s shutter, 1 to 8 the plaster of each bay
THEME_PAINTS: dict[str, dict[str, str]] = {
    "dark-roast": _paints("""
        w4a3324 x3f2b1e F6b4a30 e59391f fa9582a Ca06c40 c7d512f d54341f nc9c2d0 M857f95 m625c6d k17110d
        l7a4a1e Lffd98a Yfff3c0 pf6ecdc qcfbfa6 D7a4f2e v27405f b5fa8d3 g8ee07a rf0645a od9884f yf2c14e
        G6f9a6a Rbd5347 B5a8fb4 S7a6c60 s5c5048
        16b6a3a 27d4a4a 34a627a 4565a80 580583a 67a5040 75f6442 8785838
    """),
    "latte": _paints("""
        wd9c09a xcbb086 Fc79f70 eb58a5b f6b3412 Cb57a45 c945f33 d6b4324 ne4e0e6 Mb3adba m8a8494 k3a2b20
        l8a4f22 Lffe7a8 Yfffbe0 pfffdf6 qe0cfb4 D8c5a33 va9d3ea b3b86b8 g57a83c rd43a2e od07a3c ye0a526
        G6e9467 Rb55344 B4b81a3 Sc8b9a4 sb3a28a
        1e4e2c2 2f0d9c6 3dbe0e0 4dcdcea 5f0e0c4 6f2dccb 7e9e4c8 8efe0c0
    """),
}
HEAD_COUNT = 4  # head sprites in each kit
SKIN_COLOURS = ("#f0c8a0", "#d9a06f", "#a86f45", "#8a5836")
HAIR_COLOURS = ("#2a1d17", "#5b3a22", "#a8562a", "#b98a3e", "#7a2f22", "#8d8580")
GUEST_COLOURS = ("#6f8792", "#8d8a5f", "#96727f", "#7d8f78", "#9a8468")
NO_CLOTH = "#9a8f84"
COAT_CLOTH = "#c9a24a"
TROUSERS_COLOUR = "#3b3038"
NIGHT_COLOUR = "#0b0a10"

# Colours of uniforms and aprons, each with the colour of the letter on it.
UNIFORM_COLOURS: tuple[tuple[str, str], ...] = (
    ("#b8452f", "#fff8ee"), ("#1f7a70", "#fff8ee"), ("#5f50c4", "#fff8ee"), ("#a83f75", "#fff8ee"),
    ("#35659f", "#fff8ee"), ("#d6a832", "#1b1410"), ("#4f7d32", "#fff8ee"), ("#d97f3a", "#1b1410"),
)  # fmt: skip

# The colour of the sky behind the door's glass, up to each hour.
SKY_COLOURS: tuple[tuple[int, str], ...] = (
    (5, "#16233f"), (7, "#e08d6a"), (17, "#8fc6e8"), (19, "#e8875a"), (21, "#3d3f73"), (24, "#16233f"),
)  # fmt: skip
