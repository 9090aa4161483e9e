# SPDX-License-Identifier: AGPL-3.0-or-later
"""Small files in which what tells is written in unusual ways: filters of PDFs, wide letters, wrong types, fonts, profiles."""

import base64
import struct
import zlib

from inspected_files import (
    WHO,
    XMP,
    box,
    gif,
    jpeg,
    pdf,
    png,
    png_chunk,
    resource,
    riff,
    segment,
    sub_blocks,
    tiff,
)

HEX = b"/ASCIIHexDecode"
A85 = b"/ASCII85Decode"


def lzw(data: bytes, *, early: int = 1) -> bytes:
    """Bytes as LZW codes, beginning anew where the table is full."""
    codes: list[tuple[int, int]] = [(256, 9)]
    table: dict[bytes, int] = {}
    before = b""

    def width() -> int:
        return min(12, max(9, (258 + max(0, len(table) - 1) + early).bit_length()))

    def known(part: bytes) -> bool:
        return len(part) == 1 or part in table

    for at in range(len(data)):
        part = before + data[at : at + 1]
        if known(part):
            before = part
            continue
        codes.append((table[before] if len(before) > 1 else before[0], width()))
        table[part] = 258 + len(table)
        before = data[at : at + 1]
        if len(table) > 3700:
            codes.append((before[0], width()))
            codes.append((256, width()))
            table, before = {}, b""
    if before:
        codes.append((table[before] if len(before) > 1 else before[0], width()))
        table[b"\0last"] = 0
    codes.append((257, width()))
    bits = "".join(f"{code:0{size}b}" for code, size in codes)
    bits += "0" * (-len(bits) % 8)
    return bytes(int(bits[at : at + 8], 2) for at in range(0, len(bits), 8))


def runs(data: bytes) -> bytes:
    """Bytes as runs."""
    return (
        b"".join(bytes([len(data[at : at + 99]) - 1]) + data[at : at + 99] for at in range(0, len(data), 99)) + b"\x80"
    )


def rows(data: bytes, kind: int, width: int = 12) -> bytes:
    """Bytes in rows that each tell only how they differ (PNG 1: from the left, 2: from above)."""
    out, above = b"", bytes(width)
    for at in range(0, len(data), width):
        row = data[at : at + width].ljust(width)
        left = bytes(1) + row[:-1]
        out += bytes([kind]) + bytes((a - b) & 255 for a, b in zip(row, left if kind == 1 else above, strict=True))
        above = row
    return out


def _xmp(filters: bytes, data: bytes, *, more: bytes = b"") -> bytes:
    head = b"<</Type/Metadata/Subtype/XML/Filter%s/Length %d%s>>stream\n%s\nendstream" % (
        filters,
        len(data),
        more,
        data,
    )
    return pdf(head)


def pdfs() -> dict[str, bytes]:
    """PDFs whose metadata is packed in each way that the format has."""
    ascii85 = base64.a85encode(XMP) + b"~>"
    packed = b"8 0 9 17<</Author 9 0 R>>(CANARY-Packed Doe)"
    predicted = b"/DecodeParms<</Predictor 12/Columns 12>>"
    inner = jpeg(segment(0xE1, b"Exif\0\0" + tiff((315, 2, b"CANARY-Inside\0"))))
    return {
        "hex.pdf": _xmp(HEX, XMP.hex().encode() + b">"),
        "ascii85.pdf": _xmp(A85, ascii85),
        "lzw.pdf": _xmp(b"/LZWDecode", lzw(XMP * 30)),
        "lzw-late.pdf": _xmp(b"/LZWDecode", lzw(XMP * 5, early=0), more=b"/DecodeParms<</EarlyChange 0>>"),
        "runs.pdf": _xmp(b"[/RunLengthDecode]", runs(XMP)),
        "chain.pdf": _xmp(
            b"[ /ASCII85Decode /LZWDecode/FlateDecode ]", base64.a85encode(lzw(zlib.compress(XMP))) + b"~>"
        ),
        "short-names.pdf": _xmp(b"[/AHx/A85/Fl]", (base64.a85encode(zlib.compress(XMP)) + b"~>").hex().encode() + b">"),
        "escaped-filter.pdf": _xmp(b"/ASCII#38#35Decode", ascii85),
        "predicted.pdf": _xmp(b"/FlateDecode", zlib.compress(rows(XMP, 2)), more=predicted),
        "left.pdf": _xmp(b"/FlateDecode", zlib.compress(rows(XMP, 1)), more=predicted),
        "elsewhere.pdf": pdf(
            b"[/ASCII85Decode]",
            b"<</Type/Metadata/Subtype/XML/Filter 4 0 R/Length %d>>stream\n%s\nendstream" % (len(ascii85), ascii85),
        ),
        "unknown-filter.pdf": _xmp(b"/SecretDecode", bytes(64)),
        "broken.pdf": _xmp(b"/LZWDecode", b"\xff" * 64),
        "no-filter.pdf": _xmp(b"/Mystery", bytes(64)),
        "wide-xmp.pdf": _xmp(b"/FlateDecode", zlib.compress(b"\xff\xfe" + XMP.decode().encode("utf-16-le"))),
        "other-prefix.pdf": _xmp(
            b"/FlateDecode", zlib.compress(XMP.replace(b"rdf:", b"r:").replace(b"x:xmp", b"m:xmp"))
        ),
        "packed-lzw.pdf": pdf(
            b"<</Type/ObjStm/N 2/First 8/Filter/LZWDecode>>stream\n%s\nendstream" % lzw(packed), info=8
        ),
        "packed-rows.pdf": pdf(
            b"<</Type/ObjStm/N 2/First 8/Filter/FlateDecode%s>>stream\n%s\nendstream"
            % (predicted, zlib.compress(rows(packed, 2))),
            info=8,
        ),
        "chained-picture.pdf": pdf(
            b"<</Subtype/Image/Filter[/FlateDecode/DCTDecode]>>stream\n%s\nendstream" % zlib.compress(inner)
        ),
        "form.pdf": pdf(
            b"<</Subtype/Form/Resources<</ProcSet[/PDF/ImageB]>>/Filter/ASCIIHexDecode>>stream\n%s>\nendstream"
            % b"BT (CANARY) Tj ET\n0 g 10 10 50 20 re f\n".hex().encode()
        ),
        "font.pdf": pdf(b"<</Length1 9/Filter/FlateDecode>>stream\n%s\nendstream" % zlib.compress(font())),
        "profile.pdf": pdf(b"<</N 3/Filter/FlateDecode>>stream\n%s\nendstream" % zlib.compress(icc())),
    }


def icc() -> bytes:
    """A colour profile with a text of each kind."""
    wide = "CANARY-Wïde screen".encode("utf-16-be")
    texts = {
        b"desc": b"desc\0\0\0\0" + struct.pack(">I", 15) + b"CANARY-Monitor\0" + bytes(8) + bytes(70),
        b"cprt": b"text\0\0\0\0CANARY-Owner\0",
        b"dmdd": b"mluc\0\0\0\0" + struct.pack(">II2s2sII", 1, 12, b"en", b"US", len(wide), 28) + wide,
        b"priv": b"data\0\0\0\0CANARY-Private words",
    }
    at, table, body = 132 + 12 * len(texts), b"", b""
    for name, block in texts.items():
        padded = block + bytes(-len(block) % 4)
        table += name + struct.pack(">II", at + len(body), len(block))
        body += padded
    size = at + len(body)
    head = struct.pack(
        ">I4sI4s4s4s6H4s", size, b"lcms", 0x02100000, b"mntr", b"RGB ", b"XYZ ", 2026, 11, 3, 4, 5, 6, b"acsp"
    )
    return head.ljust(128, b"\0") + struct.pack(">I", len(texts)) + table + body


def _names() -> bytes:
    texts = [(3, 0, "CANARY-Rights"), (3, 4, "CANARY-Face"), (3, 9, "CANARY-Drawer"), (1, 8, "CANARY-Foundry")]
    table, held = b"", b""
    for platform, number, text in texts:
        value = text.encode("utf-16-be" if platform == 3 else "latin-1")
        table += struct.pack(
            ">6H", platform, 1 if platform == 3 else 0, 0x409 if platform == 3 else 0, number, len(value), len(held)
        )
        held += value
    return struct.pack(">HHH", 0, len(texts), 6 + len(table)) + table + held


def _font_tables() -> dict[bytes, bytes]:
    head = bytes(20) + struct.pack(">QQ", 2_082_844_800 + 1_764_540_000, 0) + bytes(18)
    return {b"PfEd": b"CANARY-Remark in a table", b"head": head, b"name": _names()}


def font() -> bytes:
    """A font of names only."""
    tables = _font_tables()
    at, table, body = 12 + 16 * len(tables), b"", b""
    for name, block in tables.items():
        table += name + struct.pack(">III", 0, at + len(body), len(block))
        body += block + bytes(-len(block) % 4)
    return b"\0\1\0\0" + struct.pack(">4H", len(tables), 16, 1, 16) + table + body


def woff() -> bytes:
    """The same, packed for pages."""
    tables = _font_tables()
    at, table, body = 44 + 20 * len(tables), b"", b""
    for name, block in tables.items():
        packed = zlib.compress(block)
        packed = packed if len(packed) < len(block) else block
        table += name + struct.pack(">IIII", at + len(body), len(packed), len(block), 0)
        body += packed + bytes(-len(packed) % 4)
    meta = zlib.compress(
        b'<metadata><credits><credit name="CANARY-Credit"/></credits><description><text>CANARY-Described</text></description></metadata>'
    )
    start = at + len(body)
    head = struct.pack(
        ">4sIIHHIHHIIIII",
        b"wOFF",
        0x10000,
        start + len(meta),
        len(tables),
        0,
        len(font()),
        1,
        0,
        start,
        len(meta),
        120,
        0,
        0,
    )
    return head + table + body + meta


def cff() -> bytes:
    """A bare CFF font with a notice."""

    def index(*rows: bytes) -> bytes:
        places, at = b"\1", 1
        for row in rows:
            at += len(row)
            places += bytes([at])
        return struct.pack(">HB", len(rows), 1) + places + b"".join(rows)

    top = b"\x1c" + struct.pack(">h", 391) + b"\1" + b"\x1c" + struct.pack(">h", 392) + b"\x0c\0"
    return b"\1\0\4\1" + index(b"CANARY-Sans") + index(top) + index(b"CANARY-Notice of Jane", b"CANARY-Copied")


def pictures() -> dict[str, bytes]:
    """Pictures whose notes are packed, in wide letters, or of types that do not fit."""
    wide = "CANARY-Wide".encode("utf-16-le")
    long_xmp = XMP.replace(b"</rdf:Description>", b"<dc:title>CANARY-Extended</dc:title></rdf:Description>")
    half = len(long_xmp) // 2 + 60
    extended = [
        b"http://ns.adobe.com/xmp/extension/\0" + b"0" * 32 + struct.pack(">II", len(long_xmp), at) + long_xmp[at:to]
        for at, to in ((0, half), (half, len(long_xmp)))
    ]
    profile = icc()
    parts = [b"ICC_PROFILE\0" + bytes([n, 2]) + part for n, part in ((1, profile[:200]), (2, profile[200:]))]
    envelope = b"\x1c\x01\x05\0\x12CANARY-Destination" + b"\x1c\x02\x50\x80\x04\0\0\0\x0fCANARY-Longsize"
    return {
        "packed-words.png": png(
            png_chunk(b"iTXt", b"Author\0\1\0en\0\0" + zlib.compress(WHO.encode())),
            png_chunk(b"zTXt", b"Title\0\0" + zlib.compress("CANARY-Tïtle".encode("latin-1"))),
            png_chunk(b"iTXt", b"XML:com.adobe.xmp\0\1\0\0\0" + zlib.compress(XMP)),
        ),
        "cut-words.png": png(png_chunk(b"zTXt", b"Author\0\0" + zlib.compress(bytes(range(256)))[:60])),
        "other-words.png": png(png_chunk(b"zTXt", b"Author\0\1" + bytes(range(60)))),
        "true-profile.png": png(png_chunk(b"iCCP", b"p\0\0" + zlib.compress(profile))),
        "parted-profile.jpg": jpeg(*(segment(0xE2, part) for part in parts)),
        "extended.jpg": jpeg(*(segment(0xE1, part) for part in extended)),
        "envelope.jpg": jpeg(segment(0xED, b"Photoshop 3.0\0" + resource(0x0404, envelope))),
        "wide-xmp.jpg": jpeg(segment(0xE1, b"http://ns.adobe.com/xap/1.0/\0" + XMP.decode().encode("utf-16-be"))),
        "profile.gif": gif(b"!\xff\x0bICCRGBG1012" + sub_blocks(profile)),
        "profile.webp": riff(
            b"WEBP",
            (b"VP8X", b"\x20" + bytes(9)),
            (b"ICCP", profile),
            (b"VP8L", bytes.fromhex("2f00000000070710fd8ffe07222222ffff00")),
        ),
        "profile.heic": box(b"ftyp", b"heic\0\0\0\0mif1heic")
        + box(
            b"meta",
            bytes(4)
            + box(b"hdlr", bytes(8) + b"pict" + bytes(13))
            + box(b"iprp", box(b"ipco", box(b"colr", b"prof" + profile))),
        ),
        "profile.tif": tiff((34675, 7, profile)),
        "undeclared.tif": tiff((270, 7, b"CANARY-Bytes"), (315, 1, b"CANARY-Small\0"), (305, 7, b"Jo\0\0")),
        "utf8.tif": _typed(315, 129, "CANARY-Ütf".encode()),
        "measure.tif": tiff((256, 2, b"CANARY-Measure\0")),
        "wide-array.tif": tiff((65000, 3, wide)),
        "outside.tif": tiff((315, 2, b"CANARY-Here\0"))[:-4],
        "place-words.tif": _place(),
    }


def _typed(tag: int, kind: int, value: bytes) -> bytes:
    row = struct.pack("<HHII", tag, kind, len(value), 26)
    return b"II*\0\x08\0\0\0" + struct.pack("<H", 1) + row + bytes(4) + value


def _place() -> bytes:
    words = b"CANARY-Street"
    row = struct.pack("<HHII", 2, 2, len(words), 44)
    folder = struct.pack("<H", 1) + row + bytes(4)
    return b"II*\0\x08\0\0\0" + struct.pack("<H", 1) + struct.pack("<HHII", 34853, 4, 1, 26) + bytes(4) + folder + words


def fonts() -> dict[str, bytes]:
    """Fonts, and PostScript with a packet."""
    notice = (
        b"%!PS-AdobeFont-1.0: Sans\n/FontInfo 9 dict dup begin\n"
        b"/Notice (CANARY-Notice \\(c\\)) readonly def\n/FullName (CANARY-Full) readonly def\n"
    )
    return {
        "names.ttf": font(),
        "collection.ttc": b"ttcf\0\1\0\0" + struct.pack(">II", 1, 16) + _moved(font(), 16),
        "names.woff": woff(),
        "packed.woff2": b"wOF2\0\1\0\0" + bytes(40),
        "notice.pfa": notice,
        "notice.pfb": b"\x80\1" + struct.pack("<I", len(notice)) + notice + b"\x80\2\4\0\0\0\xff\xfe\xfd\xfc\x80\3",
        "packet.eps": b"%!PS-Adobe-3.0 EPSF-3.0\n%%EndComments\n" + XMP + b"\nshowpage\n",
        "notice.pdf": pdf(b"<</Subtype/Type1C/Filter/FlateDecode>>stream\n%s\nendstream" % zlib.compress(cff())),
    }


def _moved(data: bytes, by: int) -> bytes:
    """A font whose tables lie further on."""
    table = bytearray(data)
    for row in range(12, 12 + 16 * 3, 16):
        table[row + 8 : row + 12] = struct.pack(">I", int.from_bytes(data[row + 8 : row + 12], "big") + by)
    return bytes(table)


def odd_files() -> dict[str, bytes]:
    """All of them by name."""
    return {f"odd-{name}": data for name, data in {**pdfs(), **pictures(), **fonts()}.items()}
