#!/usr/bin/env python3
"""Makes Inter-Regular.ttf and Inter-SemiBold.ttf for PDF documents out of Inter's OpenType files (Debian: fonts-inter).

Takes the Latin, Greek and Cyrillic ranges with punctuation and currencies, makes figures tabular for good (a PDF writer
knows no OpenType features) and turns the outlines into TrueType ones. Needs python3-fonttools. Usage: make.py FOLDER
"""
import sys
from fontTools import subset
from fontTools.pens.cu2quPen import Cu2QuPen
from fontTools.pens.ttGlyphPen import TTGlyphPen
from fontTools.ttLib import TTFont, newTable

RANGES = [(0x20, 0x7E), (0xA0, 0x24F), (0x2B0, 0x2FF), (0x370, 0x3FF), (0x400, 0x4FF), (0x1E00, 0x1EFF), (0x2000, 0x206F),
          (0x20A0, 0x20BF), (0x2100, 0x214F), (0x2190, 0x2199), (0x2212, 0x2212), (0x2500, 0x2500), (0x25A0, 0x25FF), (0x2713, 0x2717)]


def tabular(font):
    gsub, swap = font["GSUB"].table, {}
    for record in gsub.FeatureList.FeatureRecord:
        if record.FeatureTag == "tnum":
            for i in record.Feature.LookupListIndex:
                for sub in gsub.LookupList.Lookup[i].SubTable:
                    swap.update(getattr(sub, "ExtSubTable", sub).mapping)
    for table in font["cmap"].tables:
        for code, glyph in table.cmap.items():
            table.cmap[code] = swap.get(glyph, glyph)


def truetype(font):
    glyphs, order = font.getGlyphSet(), font.getGlyphOrder()
    glyf = newTable("glyf")
    glyf.glyphOrder, glyf.glyphs = order, {}
    for name in order:
        pen = TTGlyphPen(glyphs)
        glyphs[name].draw(Cu2QuPen(pen, 1.0, reverse_direction=True))
        glyf.glyphs[name] = pen.glyph()
    font["loca"], font["glyf"] = newTable("loca"), glyf
    glyf.compile(font)
    maxp = font["maxp"]
    maxp.tableVersion = 0x00010000
    for k in ("maxTwilightPoints", "maxStorage", "maxFunctionDefs", "maxInstructionDefs", "maxStackElements", "maxSizeOfInstructions", "maxComponentElements"):
        setattr(maxp, k, 0)
    maxp.maxZones = 1
    maxp.compile(font)
    post = font["post"]
    post.formatType = 3.0
    for tag in ("CFF ", "VORG"):
        if tag in font:
            del font[tag]
    font.sfntVersion = "\x00\x01\x00\x00"


for weight in ("Regular", "SemiBold"):
    font = TTFont(f"{sys.argv[1]}/Inter-{weight}.otf", recalcTimestamp=False)
    tabular(font)
    options = subset.Options(layout_features=[], glyph_names=True, notdef_outline=True, hinting=False, drop_tables=["GPOS", "GSUB", "GDEF", "DSIG", "meta"])
    s = subset.Subsetter(options)
    s.populate(unicodes=[c for a, b in RANGES for c in range(a, b + 1)])
    s.subset(font)
    truetype(font)
    font.save(f"Inter-{weight}.ttf")
