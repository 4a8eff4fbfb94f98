"""The shop's pixels: sprites as rows of paint letters, and the paints of each light they stand in.

A dot is clear. `h` hair, `s` skin, `t` shirt, `u` its shade, `a` apron, `T` trousers are replaced for each person; every other
letter is a key of `PAINTS`. One letter is one half-block pixel. Each prop comes in two sizes: 16 pixels of height to a bay in the
tall picture, 8 in the low one.
"""

from __future__ import annotations

from typing import TypeAlias

Sprite: TypeAlias = tuple[str, ...]


def _cut(drawing: str) -> Sprite:
    rows = tuple(drawing.split())
    assert len({len(row) for row in rows}) == 1, drawing
    return rows


# ------------------------------------------------------------------- people
HEADS: tuple[Sprite, ...] = tuple(map(_cut, (
    """
    ..hhhh.
    .hhhhhh
    .hssssh
    ..ksks.
    ..ssss.
    """,
    """
    .hhhhh.
    hhhhhhh
    hhssshh
    hsksksh
    hhsssh.
    """,
    """
    ...hh..
    ..hhhh.
    .hhhhhh
    .hksks.
    ..ssss.
    """,
    """
    .hhhhh.
    hhhhhhh
    hsssssh
    .sksks.
    .hhshh.
    """,
)))
BODY = _cut("""
    ..uss..
    uttttt.
    uttttts
    uttttts
    sutttts
    sutttt.
    .TTTTT.
    .TT.TT.
    .kk.kk.
""")
APRON = _cut("""
    ..uss..
    utattat
    utaaaat
    utaaaat
    suaaaas
    saaaaa.
    .aaaaa.
    .TT.TT.
    .kk.kk.
""")
COAT = _cut("""
    ..uss..
    utttttu
    utykytu
    utttttu
    stykyts
    .ttttt.
    .utttu.
    .utttu.
    .kk.kk.
""")
SMALL_HEADS: tuple[Sprite, ...] = tuple(map(_cut, (
    """
    .hhh.
    hhhhh
    .ksk.
    .sss.
    """,
    """
    .hhh.
    hhhhh
    hkskh
    hsssh
    """,
    """
    .hh..
    .hhh.
    hkskh
    .sss.
    """,
    """
    .hhh.
    hsssh
    .ksk.
    .hsh.
    """,
)))
SMALL_BODY = _cut("""
    utttt
    uttts
    stttt
    .T.T.
""")
SMALL_APRON = _cut("""
    utatt
    uaaas
    saaaa
    .T.T.
""")
SMALL_COAT = _cut("""
    utytu
    utttu
    sttts
    .t.t.
""")

# -------------------------------------------------------------------- props
SHELVES = _cut("""
    CCCCCCCCCCC
    c.oo..GGG.c
    cooo.BGGGBc
    cooooBGGGBc
    CCCCCCCCCCC
    c.RR.qq.yyc
    cRRRqqqqyyc
    cRRRqqqqyyc
    CCCCCCCCCCC
    cCCC.CCCC.c
    cCdC.CddC.c
    cCCC.CCCC.c
""")
BOOKS = _cut("""
    CCCCCCCCCCC
    cR.BB.G.oyc
    cRRBBqGqoyc
    cRRBBqGqoyc
    CCCCCCCCCCC
    cyqqGG.R..c
    cyqqGGoRRBc
    cyqqGGoRRBc
    CCCCCCCCCCC
    cB.yy.qq.Rc
    cBGyyoqqRRc
    cBGyyoqqRRc
""")
SAFE = _cut("""
    nnnnnnnnnnn
    nMMMMMMMMMm
    nMmmmmmmmMm
    nMmMMMMMmMm
    nMmMnnMMmMk
    nMmnyynMmMm
    nMmnyynMmMm
    nMmMnnMMmMk
    nMmMMMMMmMm
    nMmmmmmmmMm
    nMMMMMMMMMm
    mmk.....kmm
""")
BADGES = _cut("""
    CCCCCCCCCCC
    cdydRdydGdc
    cdydddyddyc
    cddydBdydyc
    CCCCCCCCCCC
    ....kkkkk..
    ....kbbbk..
    ..q.kbgbk..
    .qq.kkkkk..
    CCCCCCCCCCC
    cC.......Cc
    cC.......Cc
""")
TILL = _cut("""
    ...kkkkkk..
    ...kbbgbk..
    ...kkkkkk..
    .....mm....
    .nnnnnnnnn.
    nMpMpMpMrMm
    nMpMpMpMgMm
    mmmmmmmmmmm
""")
ESPRESSO = _cut("""
    ..pp.pp.pp.
    nnnnnnnnnnn
    MMrMMMMMgMm
    MnnMMMMMnnm
    MmmmmmmmmMm
    Mkkmkkkmkkm
    Mkkkkkkkkkm
    MkpppkpppkM
    MMMMMMMMMMM
    mmmmmmmmmmm
""")
RAIL = _cut("""
    nnnnnnnnnnnnnnn
    mmmmmmmmmmmmmmm
""")
TICKET = _cut("""
    ppp
    pqp
    pqp
    .p.
""")
DOOR = _cut("""
    ddddddddd
    dDDDDDDDd
    dDvvvvvDd
    dDvvvvvDd
    dDvvvvvDd
    dDvvvvvDd
    dDDDDDDDd
    dDcDDDcyd
    dDcDDDcDd
    dDcDDDcDd
    dDDDDDDDd
    ddddddddd
""")
LAMP = _cut("""
    ..k..
    .lll.
    .LYL.
""")
DARK_LAMP = _cut("""
    ..k..
    .lll.
    .dkd.
""")
CUP = _cut("""
    ppp.
    pfpp
    qpq.
""")

SMALL_SHELVES = _cut("""
    CCCCCCCCCCC
    c.oo..GGG.c
    cooooBGGGBc
    CCCCCCCCCCC
    cRRRqqq.yyc
    cRRRqqqqyyc
    CCCCCCCCCCC
""")
SMALL_BOOKS = _cut("""
    CCCCCCCCCCC
    cR.BB.G.oyc
    cRRBBqGqoyc
    CCCCCCCCCCC
    cyqqGGoR.Bc
    cyqqGGoRRBc
    CCCCCCCCCCC
""")
SMALL_SAFE = _cut("""
    nnnnnnnnnnn
    nMmmmmmmmMm
    nMmMnnMMmMk
    nMmnyynMmMm
    nMmMnnMMmMk
    nMmmmmmmmMm
    mmk.....kmm
""")
SMALL_BADGES = _cut("""
    CCCCCCC.....
    cydRdyc.....
    cdyBydckkkkk
    CCCCCCCkbgbk
    .......kkkkk
    CCCCCCCCCCCC
    cC........Cc
""")
SMALL_TILL = _cut("""
    ...kkkkk...
    ...kbgbk...
    ..nkkkkkn..
    nMpMpMpMrMm
    mmmmmmmmmmm
""")
SMALL_ESPRESSO = _cut("""
    ..pp.pp.pp.
    nnnnnnnnnnn
    MMrMMMMMgMm
    MkkmmmmmkkM
    MkkppkppkkM
""")
SMALL_TICKET = _cut("""
    ppp
    pqp
    .p.
""")
SMALL_DOOR = _cut("""
    ddddddd
    dDvvvDd
    dDvvvDd
    dDvvvDd
    dDDDDyd
    dDcDcDd
    dDcDcDd
""")
SMALL_LAMP = _cut("""
    lll
    LYL
""")
SMALL_DARK_LAMP = _cut("""
    lll
    dkd
""")
SMALL_CUP = _cut("""
    pfp
    .q.
""")

# ------------------------------------------------------------------- paints
# W wall, w its grain, F floor, f coffee, C c d wood (light to dark), n M m metal (light to dark), k dark, l L Y lamp, p q paper,
# D door, v window, b g r screen and its lights, o y G R B goods, S shutter, K chalkboard, i chalk, j chalk that is muted
PAINTS: dict[str, dict[str, str]] = {
    "dark-roast": {
        "W": "#4a3526", "w": "#43301f", "F": "#5c4029", "f": "#3a2113", "C": "#a06c40", "c": "#7d512f", "d": "#54341f",
        "n": "#d6cfdb", "M": "#9b94ac", "m": "#6d6678", "k": "#17110d", "l": "#7a4a1e", "L": "#ffd98a", "Y": "#fff3c0",
        "p": "#f6ecdc", "q": "#cfbfa6", "D": "#7a4f2e", "v": "#27405f", "b": "#5fa8d3", "g": "#8ee07a", "r": "#f0645a",
        "o": "#d9884f", "y": "#f2c14e", "G": "#6f9a6a", "R": "#bd5347", "B": "#5a8fb4", "S": "#4a4038", "K": "#0f0b08",
        "i": "#f2e8dc", "j": "#b3a08d",
    },
    "latte": {
        "W": "#ecd9bb", "w": "#e4cfae", "F": "#c79f70", "f": "#4a2b18", "C": "#b57a45", "c": "#945f33", "d": "#6b4324",
        "n": "#e4e0e6", "M": "#b3adba", "m": "#8a8494", "k": "#3a2b20", "l": "#8a4f22", "L": "#ffe7a8", "Y": "#fffbe0",
        "p": "#fffdf6", "q": "#e0cfb4", "D": "#8c5a33", "v": "#a9d3ea", "b": "#3b86b8", "g": "#57a83c", "r": "#d43a2e",
        "o": "#d07a3c", "y": "#e0a526", "G": "#6e9467", "R": "#b55344", "B": "#4b81a3", "S": "#b8a78f", "K": "#33241a",
        "i": "#fbf5ec", "j": "#cbb8a2",
    },
}
SKINS = ("#f0c8a0", "#d9a06f", "#a86f45", "#8a5836")
HAIRS = ("#2a1d17", "#5b3a22", "#b5652a", "#d8c9b0", "#7a2f22")
