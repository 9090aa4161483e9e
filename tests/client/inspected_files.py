# SPDX-License-Identifier: AGPL-3.0-or-later
"""Small files of every kind, made here: each holds canaries where such a file can tell of somebody. No third party's file is among them."""

import base64
import gzip
import io
import json
import struct
import tarfile
import zipfile
import zlib
from typing import Final

WHO: Final = "CANARY-Jane Doe"
WHERE: Final = "C:\\Users\\canary-jdoe\\secret\\draft.docx"
_WHEN: Final = (2026, 11, 3, 4, 5, 6)


def png_chunk(kind: bytes, data: bytes) -> bytes:
    """One chunk."""
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(*chunks: bytes, after: bytes = b"") -> bytes:
    """A picture of two by two points, with these chunks before its points."""
    head = png_chunk(b"IHDR", struct.pack(">IIBBBBB", 2, 2, 8, 2, 0, 0, 0))
    points = png_chunk(b"IDAT", zlib.compress(b"\0" + bytes(6) + b"\0" + bytes(6)))
    return b"\x89PNG\r\n\x1a\n" + head + b"".join(chunks) + points + png_chunk(b"IEND", b"") + after


def tiff(*rows: tuple[int, int, bytes], big: bool = False, gps: bool = False) -> bytes:
    """A TIFF block: rows of tag, type and value; with a place where `gps`."""
    places = _gps() if gps else b""
    rows = tuple(sorted((*rows, *(((34853, 4, b"\0\0\0\0"),) if gps else ()))))
    width, head = (20, 16) if big else (12, 8)
    start = head + (8 if big else 2) + width * len(rows) + (8 if big else 4)
    table, values = b"", b""
    for tag, kind, value in rows:
        if tag == 34853:
            value = struct.pack("<I", start + sum(len(row[2]) for row in rows if len(row[2]) > (8 if big else 4)))
        size = len(value) // {2: 1, 7: 1, 1: 1, 4: 4, 5: 8, 3: 2}[kind]
        inline = 8 if big else 4
        place = (
            value.ljust(inline, b"\0")
            if len(value) <= inline
            else struct.pack("<Q" if big else "<I", start + len(values))
        )
        values += value if len(value) > inline else b""
        table += struct.pack("<HH", tag, kind) + struct.pack("<Q" if big else "<I", size) + place
    front = b"II+\0\x08\0\0\0" + struct.pack("<Q", 16) if big else b"II*\0" + struct.pack("<I", 8)
    count = struct.pack("<Q" if big else "<H", len(rows))
    block = front + count + table + (bytes(8) if big else bytes(4)) + values
    if gps:
        block += _moved(places, len(block))
    return block


def _gps() -> bytes:
    return b""


def _moved(_: bytes, at: int) -> bytes:
    """A folder of places at `at`: 6.1751 south, 106.8276 east."""

    def third(a: int, b: int, c: int) -> bytes:
        return struct.pack("<6I", a, 1, b, 1, c, 10)

    values = at + 2 + 12 * 4 + 4
    rows = struct.pack("<HHI4s", 1, 2, 2, b"S\0\0\0") + struct.pack("<HHII", 2, 5, 3, values)
    rows += struct.pack("<HHI4s", 3, 2, 2, b"E\0\0\0") + struct.pack("<HHII", 4, 5, 3, values + 24)
    return struct.pack("<H", 4) + rows + bytes(4) + third(6, 10, 304) + third(106, 49, 394)


EXIF: Final = tiff(
    (271, 2, b"CANARY-Make\0"),
    (272, 2, b"CANARY-Model\0"),
    (305, 2, b"CANARY-Software\0"),
    (306, 2, b"2026:11:03 04:05:06\0"),
    (315, 2, WHO.encode() + b"\0"),
    (33432, 2, b"CANARY-Rights\0"),
    (40093, 1, "CANARY-XPAuthor".encode("utf-16-le") + b"\0\0"),
    gps=True,
)
_QUANTA: Final = b"\xff\xdb\x00\x43\x00" + bytes([16]) * 64
_FRAME: Final = b"\xff\xc0\x00\x0b\x08\x00\x08\x00\x08\x01\x01\x11\x00"
_CODES: Final = b"\xff\xc4\x00\x14\x00\x01" + bytes(15) + b"\x00" + b"\xff\xc4\x00\x14\x10\x01" + bytes(15) + b"\x00"
_SCAN: Final = b"\xff\xda\x00\x08\x01\x01\x00\x00\x3f\x00" + b"\x3f"
_JFIF: Final = b"\xff\xe0\x00\x10JFIF\0\x01\x01\0\0\x01\0\x01\0\0"


def segment(kind: int, data: bytes, *, fill: int = 0) -> bytes:
    """One segment of a JPEG, with fill bytes before it."""
    return b"\xff" * fill + b"\xff" + bytes([kind]) + struct.pack(">H", len(data) + 2) + data


def jpeg(*before: bytes, between: bytes = b"", after: bytes = b"") -> bytes:
    """A grey picture of eight by eight points."""
    return b"\xff\xd8" + b"".join(before) + _QUANTA + _FRAME + _CODES + _SCAN + between + b"\xff\xd9" + after


def iptc(*rows: tuple[int, bytes]) -> bytes:
    """IPTC records."""
    return b"".join(b"\x1c\x02" + bytes([tag]) + struct.pack(">H", len(value)) + value for tag, value in rows)


def resource(number: int, data: bytes) -> bytes:
    """One of Photoshop's image resources."""
    return b"8BIM" + struct.pack(">H", number) + b"\0\0" + struct.pack(">I", len(data)) + data + b"\0" * (len(data) % 2)


XMP: Final = (
    b'<?xpacket begin="" id="W5M0MpCehiHzreSzNTczkc9d"?><x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
    b'<rdf:Description rdf:about="" xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:xmp="http://ns.adobe.com/xap/1.0/" xmp:CreatorTool="CANARY-Tool">'
    b"<dc:creator><rdf:Seq><rdf:li>CANARY-XMP Jane</rdf:li></rdf:Seq></dc:creator></rdf:Description></rdf:RDF></x:xmpmeta><?xpacket end='w'?>"
)


def gif(*blocks: bytes, after: bytes = b"") -> bytes:
    """A picture of one point with these blocks."""
    return (
        b"GIF89a\x01\0\x01\0\x80\0\0\0\0\0\xff\xff\xff"
        + b"".join(blocks)
        + b",\0\0\0\0\x01\0\x01\0\0\x02\x02D\x01\0;"
        + after
    )


def sub_blocks(data: bytes) -> bytes:
    """Bytes in blocks of at most 255."""
    return b"".join(bytes([len(data[at : at + 255])]) + data[at : at + 255] for at in range(0, len(data), 255)) + b"\0"


def riff(form: bytes, *chunks: tuple[bytes, bytes]) -> bytes:
    """A RIFF file."""
    body = form + b"".join(
        kind + struct.pack("<I", len(data)) + data + b"\0" * (len(data) % 2) for kind, data in chunks
    )
    return b"RIFF" + struct.pack("<I", len(body)) + body


_WEBP: Final = (b"VP8L", bytes.fromhex("2f00000000070710fd8ffe07222222ff0100"))


def zipped(files: dict[str, str | bytes], *, comment: bytes = b"") -> bytes:
    """A zip archive, the same each time."""
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0)), data, zipfile.ZIP_DEFLATED)
        archive.comment = comment
    return held.getvalue()


_CORE: Final = (
    '<?xml version="1.0"?><cp:coreProperties xmlns:cp="http://schemas.openxmlformats.org/package/2006/metadata/core-properties" '
    'xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:dcterms="http://purl.org/dc/terms/"><dc:title>CANARY-Title</dc:title>'
    f"<dc:creator>{WHO} &amp; Co</dc:creator><cp:lastModifiedBy>CANARY-Editor</cp:lastModifiedBy><dcterms:created>2026-11-03T04:05:06Z</dcterms:created></cp:coreProperties>"
)
_APP: Final = "<Properties><Template>CANARY-Template.dotx</Template><Application>CANARY-Writer</Application><Company>CANARY-Company</Company><Manager>CANARY-Manager</Manager></Properties>"
_TYPES: Final = '<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>'
_BODY: Final = "<w:document><w:body><w:p><w:r><w:t>The crossing.</w:t></w:r></w:p><w:p><w:r><w:t>It counts &amp; stays.</w:t></w:r></w:p></w:body></w:document>"
_EXTERNAL: Final = '<Relationships><Relationship Id="r1" Type="http://x/attachedTemplate" Target="file:///C:/canary/t.dotm" TargetMode="External"/></Relationships>'


def documents() -> dict[str, bytes]:
    """Office documents, PDF, RTF, PostScript, mail and their like."""
    word = {
        "[Content_Types].xml": _TYPES,
        "docProps/core.xml": _CORE,
        "docProps/app.xml": _APP,
        "word/document.xml": _BODY,
    }
    deep: dict[str, str | bytes] = {
        **word,
        "docProps/custom.xml": '<Properties><property name="Owner"><vt:lpwstr>CANARY-Owner</vt:lpwstr></property></Properties>',
        "docProps/thumbnail.jpeg": jpeg(),
        "word/people.xml": '<w15:people><w15:person w15:author="CANARY-Person"/></w15:people>',
        "word/comments.xml": '<w:comments><w:comment w:author="CANARY-Commenter" w:initials="CC"><w:p/></w:comment></w:comments>',
        "word/footnotes.xml": '<w:footnotes><w:ins w:id="1" w:author="CANARY-Noter"><w:r/></w:ins></w:footnotes>',
        "word/settings.xml": '<w:settings><w:rsids><w:rsid w:val="00A1"/><w:rsid w:val="00A2"/></w:rsids></w:settings>',
        "word/_rels/settings.xml.rels": _EXTERNAL,
        "word/media/image1.jpg": jpeg(_JFIF, segment(0xE1, b"Exif\0\0" + tiff((315, 2, b"CANARY-Photographer\0")))),
        "word/embeddings/old.xlsx": zipped(
            {"[Content_Types].xml": _TYPES, "docProps/core.xml": "<a><dc:creator>CANARY-Inner</dc:creator></a>"}
        ),
        "word/vbaProject.bin": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1 CANARY-Macro writer",
    }
    hidden = '<w:document><w:body><w:p><w:r><w:rPr><w:vanish/></w:rPr><w:t>unseen</w:t></w:r></w:p><w:p><w:del w:author="CANARY-Striker"><w:r><w:delText>gone</w:delText></w:r></w:del></w:p></w:body></w:document>'
    sheet = {
        "[Content_Types].xml": _TYPES,
        "xl/workbook.xml": f'<workbook><fileSharing userName="CANARY-Sharer"/><x15ac:absPath url="{WHERE}"/><sheets><sheet name="CANARY-Sheet" state="veryHidden"/></sheets></workbook>',
        "xl/comments1.xml": "<comments><authors><author>CANARY-Cell</author></authors></comments>",
        "xl/persons/person.xml": '<personList><person displayName="CANARY-Persona" userId="S::canary@x"/></personList>',
        "xl/printerSettings/printerSettings1.bin": "CANARY-Printer".encode("utf-16-le") + bytes(9),
        "xl/externalLinks/externalLink1.xml": "<externalLink/>",
    }
    slides = {
        "[Content_Types].xml": _TYPES,
        "ppt/slides/slide2.xml": '<p:sld show="0"><a:t>x</a:t></p:sld>',
        "ppt/notesSlides/notesSlide1.xml": "<p:notes/>",
        "ppt/commentAuthors.xml": '<p:cmAuthorLst><p:cmAuthor name="CANARY-Slide" initials="C"/></p:cmAuthorLst>',
    }
    meta = f'<office:document-meta><office:meta><meta:initial-creator>{WHO}</meta:initial-creator><dc:creator>CANARY-Editor</dc:creator><meta:printed-by>CANARY-Print person</meta:printed-by><meta:generator>CANARY-Office/7</meta:generator><meta:user-defined meta:name="Info">CANARY-Info</meta:user-defined></office:meta></office:document-meta>'
    content = "<office:document-content><office:body><office:text><text:tracked-changes><text:changed-region><office:change-info><dc:creator>CANARY-Changer</dc:creator></office:change-info></text:changed-region></text:tracked-changes><text:h>The crossing</text:h><text:p>It <text:span>stays</text:span><office:annotation><dc:creator>CANARY-Annotator</dc:creator></office:annotation>.</text:p></office:text></office:body></office:document-content>"
    settings = '<office:document-settings><config:config-item config:name="PrinterName" config:type="string">CANARY-Room 417</config:config-item></office:document-settings>'
    odt = {
        "mimetype": "application/vnd.oasis.opendocument.text",
        "meta.xml": meta,
        "content.xml": content,
        "settings.xml": settings,
        "Thumbnails/thumbnail.png": png(),
    }
    return {
        "plain.docx": zipped(dict(word)),
        "deep.docx": zipped(deep),
        "hidden.docx": zipped({**word, "word/document.xml": hidden}),
        "sheet.xlsx": zipped(sheet),
        "slides.pptx": zipped(slides),
        "text.odt": zipped(odt),
        "flat.fodt": f'<?xml version="1.0"?><office:document xmlns:office="urn:x">{meta}</office:document>'.encode(),
        "book.epub": zipped(
            {
                "mimetype": "application/epub+zip",
                "META-INF/container.xml": "<container/>",
                "c.opf": f"<package><metadata><dc:creator>{WHO}</dc:creator></metadata></package>",
            }
        ),
        "old.doc": ole(),
        "text.rtf": rtf(),
        "blank-first.rtf": b"\xef\xbb\xbf\r\n\r\n" + rtf(),
        "page.ps": f"%!PS-Adobe-3.0\n%%Creator: CANARY-Maker\n%%For: {WHO}\n%%Title: CANARY-Title\n%%EndComments\nshowpage\n".encode(),
        **pdfs(),
    }


def rtf() -> bytes:
    """An RTF document that tells much."""
    return (
        b"{\\rtf1\\ansi{\\info{\\author "
        + WHO.encode()
        + b"}{\\operator CANARY-Operator}{\\*\\company CANARY-Company}{\\creatim\\yr2026\\mo11\\dy3}{\\doccomm CANARY \\u201?nders}}"
        b"{\\*\\template C:\\\\canary\\\\t.dotx}{\\*\\generator CANARY-Writer 7;}{\\*\\revtbl{Unknown;}{CANARY-Reviser;}}{\\*\\atnauthor CANARY-Annotator}{\\*\\userprops {\\propname Owner}{\\staticval CANARY-Owner}}"
        b"\\pard The crossing {\\v hidden} stays.\\par}"
    )


def ole() -> bytes:
    """An old Office document in little: its property set, and words."""

    def text(value: str) -> bytes:
        data = value.encode() + b"\0"
        return struct.pack("<II", 30, len(data)) + data + bytes(-len(data) % 4)

    values = [
        (4, text(WHO)),
        (8, text("CANARY-Editor")),
        (18, text("CANARY-Word 97")),
        (12, struct.pack("<IQ", 64, (1_764_540_000 + 11_644_473_600) * 10_000_000)),
    ]
    at, table, body = 8 + 8 * len(values), b"", b""
    for name, value in values:
        table += struct.pack("<II", name, at + len(body))
        body += value
    section = struct.pack("<II", 8 + len(table) + len(body), len(values)) + table + body
    head = (
        b"\xfe\xff\0\0\x05\0\x02\0"
        + bytes(16)
        + struct.pack("<I", 1)
        + bytes.fromhex("e0859ff2f94f6810ab9108002b27b3d9")
        + struct.pack("<I", 48)
    )
    return b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(504) + head + section + "CANARY-Wide words".encode("utf-16-le")


def pdf(*objects: bytes, info: int = 0, more: bytes = b"") -> bytes:
    """A PDF with a page, these objects from number 4 on, and what follows its end."""
    own = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 100 100]>>",
        *objects,
    ]
    data, places = b"%PDF-1.4\n", []
    for n, body in enumerate(own, start=1):
        places.append(len(data))
        data += b"%d 0 obj\n%s\nendobj\n" % (n, body)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    named = b"/Info %d 0 R" % info if info else b""
    return (
        data
        + b"xref\n0 %d\n0000000000 65535 f \n%strailer<</Size %d/Root 1 0 R%s>>\nstartxref\n%d\n%%%%EOF\n"
        % (len(own) + 1, table, len(own) + 1, named, len(data))
        + more
    )


def stream(head: bytes, data: bytes, *, packed: bool = True) -> bytes:
    """A stream object."""
    data = zlib.compress(data) if packed else data
    return b"<<%s/Length %d%s>>stream\n%s\nendstream" % (
        head,
        len(data),
        b"/Filter/FlateDecode" if packed else b"",
        data,
    )


def pdfs() -> dict[str, bytes]:
    """PDFs, each with its carrier."""
    who = WHO.encode()
    wide = "CANARY-Wïde".encode("utf-16-be").hex().encode()
    return {
        "bare.pdf": pdf(),
        "info.pdf": pdf(
            b"<</Author(%s)/Producer(CANARY-Producer)/CreationDate(D:20261103040506Z)/Keywords(CANARY-Keys)/CanaryKey(CANARY-Made up)>>"
            % who,
            info=4,
        ),
        "nested.pdf": pdf(b"<</Author(Jane \\(CANARY\\) (nested) \\104oe)>>", info=4),
        "indirect.pdf": pdf(b"<</Author 5 0 R>>", b"(%s)" % who, info=4),
        "escaped.pdf": pdf(b"<</Auth#6fr(%s)>>" % who, info=4),
        "wide.pdf": pdf(b"<</Author<FEFF%s>>>" % wide, info=4),
        "packed.pdf": pdf(stream(b"/Type/ObjStm/N 2/First 8", b"8 0 9 17<</Author 9 0 R>>(CANARY-Packed Doe)"), info=8),
        "xmp.pdf": pdf(stream(b"/Type/Metadata/Subtype/XML", XMP)),
        "earlier.pdf": pdf(
            b"<</Author(CANARY-Earlier)>>",
            info=4,
            more=b"4 0 obj<</Author(x)>>endobj\ntrailer<</Size 5/Root 1 0 R/Info 4 0 R/Prev 1>>\nstartxref\n1\n%%EOF\n",
        ),
        "covered.pdf": pdf(stream(b"", b"BT /F1 9 Tf (CANARY-Name) Tj ET\n0 g 10 10 50 20 re f\n")),
        "drawn-over.pdf": pdf(stream(b"", b"BT (CANARY-Name) Tj ET\n0 g 10 10 m 60 10 l 60 30 l h\nf")),
        "noted.pdf": pdf(
            b"<</Type/Annot/Subtype/Text/T(CANARY-Noter)/Contents(CANARY-Note)>>",
            b"<</Type/Annot/Subtype/Redact/Rect[0 0 1 1]>>",
        ),
        "attached.pdf": pdf(
            b"<</Type/Filespec/F(CANARY-file.docx)/EF<</F 5 0 R>>>>",
            stream(b"/Type/EmbeddedFile", zipped({"[Content_Types].xml": _TYPES, "docProps/core.xml": _CORE})),
        ),
        "active.pdf": pdf(
            b"<</S/JavaScript/JS(app.alert\\(1\\))>>",
            b"<</S/URI/URI(http://127.0.0.1:9/CANARY)>>",
            b"<</FT/Tx/T(CANARY-Field)/V(CANARY-Value)>>",
        ),
        "signed.pdf": pdf(b"<</Type/Sig/Name(CANARY-Signer)/Location(CANARY-Town)/ByteRange[0 1 2 3]>>"),
        "junk-first.pdf": b"CANARY junk\n" * 100 + pdf(b"<</Author(%s)>>" % who, info=4),
        "picture.pdf": pdf(
            stream(
                b"/Subtype/Image/Filter/DCTDecode",
                jpeg(segment(0xE1, b"Exif\0\0" + tiff((315, 2, b"CANARY-Inside\0")))),
                packed=False,
            )
        ),
    }


def pictures() -> dict[str, bytes]:
    """Pictures, bare and with each carrier."""
    motion = struct.pack(">I", 24) + b"ftypmp42\0\0\0\0mp42isom" + bytes(8)
    raw_profile = b"Raw profile type exif\0\0" + zlib.compress(
        b"\nexif\n%8d\n%s\n" % (len(EXIF) + 6, (b"Exif\0\0" + EXIF).hex().encode())
    )
    return {
        "bare.png": png(),
        "settings.png": png(png_chunk(b"gAMA", bytes(4)), png_chunk(b"pHYs", bytes(9))),
        "text.png": png(
            png_chunk(b"tEXt", b"Author\0" + WHO.encode()),
            png_chunk(b"zTXt", b"Comment\0\0" + zlib.compress(b"CANARY-Packed note")),
            png_chunk(b"iTXt", b"Title\0\0\0en\0\0" + "CANARY-Tïtle".encode()),
        ),
        "exif.png": png(png_chunk(b"eXIf", EXIF)),
        "xmp.png": png(png_chunk(b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0" + XMP)),
        "profile.png": png(
            png_chunk(b"iCCP", b"CANARY-Profile\0\0" + zlib.compress(bytes(128) + b"CANARY-Screen of Jane" + bytes(40)))
        ),
        "raw-profile.png": png(png_chunk(b"zTXt", raw_profile)),
        "time.png": png(png_chunk(b"tIME", struct.pack(">HBBBBB", *_WHEN))),
        "private.png": png(png_chunk(b"caBX", b"CANARY-Credentials of Jane")),
        "rest.png": png(after=png()[33:]),
        "bare.jpg": jpeg(_JFIF),
        "exif.jpg": jpeg(_JFIF, segment(0xE1, b"Exif\0\0" + EXIF)),
        "fill.jpg": jpeg(segment(0xE1, b"Exif\0\0" + EXIF, fill=3)),
        "later.jpg": jpeg(_JFIF, between=segment(0xE1, b"Exif\0\0" + tiff((315, 2, WHO.encode() + b"\0")))),
        "comment.jpg": jpeg(_JFIF, segment(0xFE, b"CANARY-Comment")),
        "xmp.jpg": jpeg(_JFIF, segment(0xE1, b"http://ns.adobe.com/xap/1.0/\0" + XMP)),
        "iptc.jpg": jpeg(
            _JFIF, segment(0xED, b"Photoshop 3.0\0" + resource(0x0404, iptc((80, WHO.encode()), (90, b"CANARY-City"))))
        ),
        "profile.jpg": jpeg(_JFIF, segment(0xE2, b"ICC_PROFILE\0\x01\x01" + bytes(60) + b"CANARY-Screen of Jane")),
        "private.jpg": jpeg(_JFIF, segment(0xEB, b"CANARY-Private segment")),
        "table.jpg": jpeg(_JFIF, segment(0xDB, b"\0" + bytes([16]) * 64 + b"CANARY-In a table")),
        "motion.jpg": jpeg(_JFIF, after=motion),
        "bare.gif": gif(),
        "loop.gif": gif(b"!\xff\x0bNETSCAPE2.0\x03\x01\0\0\0"),
        "comment.gif": gif(b"!\xfe" + sub_blocks(b"CANARY-Comment")),
        "application.gif": gif(b"!\xff\x0bCANARYAP1.0" + sub_blocks(b"CANARY-Block of Jane")),
        "after.gif": gif(after=b"CANARY-After"),
        "bare.webp": riff(b"WEBP", _WEBP),
        "exif.webp": riff(b"WEBP", (b"VP8X", b"\x0c" + bytes(9)), _WEBP, (b"EXIF", EXIF), (b"XMP ", XMP)),
        "exif.tif": tiff(
            (256, 3, b"\x01\0"),
            (257, 3, b"\x01\0"),
            (315, 2, WHO.encode() + b"\0"),
            (316, 2, b"CANARY-Host\0"),
            (269, 2, b"CANARY-Document\0"),
        ),
        "big.tif": tiff((315, 2, WHO.encode() + b"\0"), big=True),
        "raw.orf": b"IIRO" + tiff((315, 2, WHO.encode() + b"\0"))[4:],
        "layers.psd": b"8BPS\0\x01"
        + bytes(6)
        + struct.pack(">HIIHH", 3, 1, 1, 8, 3)
        + bytes(4)
        + _resources()
        + bytes(4)
        + b"\0\0"
        + bytes(3),
        "points.bmp": b"BM"
        + struct.pack("<IIIIiiHHIIiiII", 58, 0, 54, 40, 1, 1, 1, 24, 0, 4, 0, 0, 0, 0)
        + bytes(4)
        + b"CANARY-Behind the points",
        "points.ppm": b"P3\n# CREATOR: CANARY-Program of Jane\n1 1\n255\n0 0 0\n",
        "box.jxl": b"\0\0\0\x0cJXL \r\n\x87\n\0\0\0\x14ftypjxl \0\0\0\0jxl "
        + box(b"Exif", bytes(4) + EXIF)
        + box(b"jxlc", b"\xff\x0a"),
        "box.jp2": b"\0\0\0\x0cjP  \r\n\x87\n" + box(b"ftyp", b"jp2 \0\0\0\0jp2 ") + box(b"xml ", XMP),
        "item.heic": box(b"ftyp", b"heic\0\0\0\0mif1heic")
        + box(b"meta", bytes(4) + box(b"hdlr", bytes(8) + b"pict" + bytes(13)))
        + box(b"mdat", b"\0\0\0\x06Exif\0\0" + EXIF),
        "drawing.svg": f'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg" xmlns:sodipodi="http://sodipodi.sourceforge.net/DTD/sodipodi-0.dtd" xmlns:inkscape="http://www.inkscape.org/namespaces/inkscape" xmlns:dc="http://purl.org/dc/elements/1.1/" sodipodi:docname="CANARY-drawing.svg" inkscape:export-filename="/Users/canary-jane/map.png"><metadata>CANARY-Plain</metadata><title>CANARY-Title</title><desc>CANARY-Desc</desc><dc:creator>{WHO}</dc:creator><!-- CANARY-Comment --><image href="data:image/png;base64,{base64.b64encode(png(png_chunk(b"tEXt", b"Author" + bytes(1) + b"CANARY-Inner"))).decode()}"/></svg>'.encode(),
    }


def _resources() -> bytes:
    data = resource(0x0404, iptc((80, WHO.encode()))) + resource(0x0424, XMP)
    return struct.pack(">I", len(data)) + data


def box(kind: bytes, data: bytes) -> bytes:
    """One box of an ISO media file."""
    return struct.pack(">I", len(data) + 8) + kind + data


def id3(*frames: tuple[bytes, bytes]) -> bytes:
    """An ID3v2.3 tag."""
    body = b"".join(name + struct.pack(">IH", len(data), 0) + data for name, data in frames)
    return (
        b"ID3\x03\0\0"
        + bytes([len(body) >> 21 & 127, len(body) >> 14 & 127, len(body) >> 7 & 127, len(body) & 127])
        + body
    )


def vorbis(*rows: str) -> bytes:
    """A Vorbis comment block."""
    texts = [row.encode() for row in rows]
    vendor = b"CANARY-Encoder"
    return (
        struct.pack("<I", len(vendor))
        + vendor
        + struct.pack("<I", len(texts))
        + b"".join(struct.pack("<I", len(text)) + text for text in texts)
    )


def ebml(identity: str, data: bytes) -> bytes:
    """One element of Matroska."""
    return bytes.fromhex(identity) + bytes([0x40 | len(data) >> 8, len(data) & 255]) + data


def media() -> dict[str, bytes]:
    """Sound and film."""
    artist = struct.pack(">I", 16 + len(WHO)) + b"data\0\0\0\x01\0\0\0\0" + WHO.encode()
    moov = box(
        b"moov",
        box(b"mvhd", bytes(4) + struct.pack(">I", 2_082_844_800 + 1_764_540_000) + bytes(92))
        + box(
            b"udta",
            box(b"\xa9xyz", b"\0\x0d\x15\xc7-06.17+106.82")
            + box(
                b"meta",
                bytes(4) + box(b"hdlr", bytes(8) + b"mdirappl" + bytes(9)) + box(b"ilst", box(b"\xa9ART", artist)),
            ),
        ),
    )
    flac = (
        b"\0\0\0\x22"
        + bytes(34)
        + b"\x84"
        + struct.pack(">I", len(vorbis(f"ARTIST={WHO}", "CONTACT=CANARY-Contact")))[1:]
        + vorbis(f"ARTIST={WHO}", "CONTACT=CANARY-Contact")
    )
    info = b"INFOIART" + struct.pack("<I", 16) + WHO.encode() + b"\0"
    audio = b"COMM" + struct.pack(">I", 18) + b"\0\x01\0\0\0\0\0\x08" + bytes(10)
    tag = ebml("7373", ebml("67c8", ebml("45a3", b"ARTIST") + ebml("4487", WHO.encode())))
    segment_ = ebml("1549a966", ebml("4d80", b"CANARY-Muxer") + ebml("7ba9", b"CANARY-Title")) + ebml("1254c367", tag)
    wide = "\0".join(["CANARY-Title", WHO]).encode("utf-16-le")
    return {
        "tag.mp3": id3(
            (b"TPE1", b"\0" + WHO.encode()),
            (b"TXXX", b"\0CANARY-Key\0CANARY-Value"),
            (b"COMM", b"\x01eng\xff\xfe\0\0\xff\xfe" + "CANARY-Wide".encode("utf-16-le")),
            (b"PRIV", b"CANARY-Private\0x"),
        )
        + b"\xff\xfb\x90\0"
        + bytes(400),
        "bare-start.mp3": b"\xff\xfa\x90\0"
        + bytes(400)
        + b"TAG"
        + b"CANARY-Title".ljust(30, b"\0")
        + WHO.encode().ljust(30, b"\0")
        + bytes(65),
        "tag.flac": b"fLaC" + flac,
        "tag.ogg": b"OggS\0\x02"
        + bytes(20)
        + b"\x01\x1e\x01vorbis"
        + bytes(23)
        + b"OggS"
        + bytes(23)
        + b"\x03vorbis"
        + vorbis(f"ARTIST={WHO}"),
        "tag.opus": b"OggS\0\x02"
        + bytes(20)
        + b"OpusHead"
        + bytes(11)
        + b"OggS"
        + bytes(23)
        + b"OpusTags"
        + vorbis(f"ARTIST={WHO}"),
        "info.wav": riff(
            b"WAVE",
            (b"fmt ", struct.pack("<HHIIHH", 1, 1, 8000, 8000, 1, 8)),
            (b"LIST", info),
            (b"data", bytes(8)),
            (b"bext", b"CANARY-Description".ljust(256, b"\0") + b"CANARY-Originator".ljust(346, b"\0")),
        ),
        "info.avi": riff(
            b"AVI ",
            (b"LIST", b"INFOIART" + struct.pack("<I", 16) + WHO.encode() + b"\0"),
            (b"JUNK", b"CANARY-Junk here"),
        ),
        "auth.aiff": b"FORM"
        + struct.pack(">I", 4 + len(audio) + 24)
        + b"AIFF"
        + audio
        + b"AUTH"
        + struct.pack(">I", 15)
        + WHO.encode()
        + b"\0",
        "info.caf": b"caff\0\x01\0\0info" + struct.pack(">qI", 28, 1) + b"artist\0" + WHO.encode() + b"\0",
        "film.mp4": box(b"ftyp", b"isom\0\0\0\0isom") + moov + box(b"free", b"CANARY-Free space"),
        "film.mkv": ebml("1a45dfa3", ebml("4282", b"matroska")) + ebml("18538067", segment_),
        "film.wmv": bytes.fromhex("3026b2758e66cf11a6d900aa0062ce6c") + bytes(14) + wide,
    }


def others() -> dict[str, bytes]:
    """Archives, text formats, data, and what nobody knows."""
    held = io.BytesIO()
    with tarfile.open(fileobj=held, mode="w", format=tarfile.USTAR_FORMAT) as archive:
        row = tarfile.TarInfo("CANARY-notes.txt")
        row.uname, row.gname, row.mtime, row.size = "canary-jane", "canary-group", 1_764_540_000, 1
        archive.addfile(row, io.BytesIO(b"x"))
    mail = (
        f"Received: from CANARY-LAPTOP (10.1.2.3)\r\nFrom: {WHO} <jane@example.org>\r\nTo: =?utf-8?B?{base64.b64encode('CANARY-Récipient'.encode()).decode()}?=\r\nSubject: x\r\nX-Mailer: CANARY-Mailer\r\nMIME-Version: 1.0\r\n"
        'Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: image/png; name="CANARY-scan.png"\r\nContent-Transfer-Encoding: base64\r\n\r\n'
        + base64.b64encode(png(png_chunk(b"tEXt", b"Author\0CANARY-Scanner"))).decode()
        + "\r\n--b--\r\n"
    )
    unknown = bytes(range(128, 256)) + bytes(20) + b"CANARY-Words inside"
    gap = bytearray(zipped({"a.txt": "a"}))
    gap[14:18] = bytes(4)
    return {
        "empty.txt": b"",
        "plain.txt": "The northern crossing should stay open.\n\nGrößer, كبير, 大きい.\n".encode(),
        "marks.txt": "The\u200b crossing\ufe01 stays\U000e0041.\n".encode(),
        "path.txt": f"It lies in {WHERE}\n".encode(),
        "controls.txt": b"red \x1b[31m text\n",
        "latin.txt": "Größer\n".encode("latin-1"),
        "wide.txt": "Größer\n".encode("utf-16"),
        "mail.eml": mail.encode(),
        "box.mbox": f"From canary@example.org Mon Nov 30 21:00:00 2026\nFrom: {WHO}\n\nbody\n".encode(),
        "memo.txt": b"FROM: CANARY-Embassy\nTO: State\nSUBJECT: Crossing\n\nText.\n",
        "contact.vcf": f"BEGIN:VCARD\r\nVERSION:3.0\r\nFN:{WHO}\r\nEMAIL;TYPE=work:canary@example.org\r\nEND:VCARD\r\n".encode(),
        "dates.ics": b"BEGIN:VCALENDAR\r\nPRODID:CANARY-Calendar\r\nBEGIN:VEVENT\r\nORGANIZER;CN=CANARY-Organizer:mailto:c@x\r\nLOCATION:CANARY-Room\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n",
        "page.html": f'<!DOCTYPE html><html><head><meta name="author" content="{WHO}"><meta name="generator" content="CANARY-Word"><!-- saved from url=(0042)http://intranet/~canary --></head><body><img src="http://127.0.0.1:9/CANARY.gif"></body></html>'.encode(),
        "word.xml": f'<?xml version="1.0"?><w:wordDocument xmlns:w="x"><o:DocumentProperties><o:Author>{WHO}</o:Author><o:LastAuthor>CANARY-Last</o:LastAuthor></o:DocumentProperties></w:wordDocument>'.encode(),
        "side.xmp": XMP,
        "walk.gpx": f'<?xml version="1.0"?><gpx creator="CANARY-Device" xmlns="x"><metadata><author><name>{WHO}</name></author></metadata><trk><trkseg><trkpt lat="-6.17" lon="106.82"/></trkseg></trk></gpx>'.encode(),
        "notes.ipynb": json.dumps(
            {
                "cells": [{"outputs": []}],
                "metadata": {"authors": [{"name": WHO}], "path": "/Users/canary/x"},
                "nbformat": 4,
            }
        ).encode(),
        "data.json": json.dumps({"rows": [1], "created_by": WHO}).encode(),
        "style.css": b"/* CANARY-Author of the style */\nbody { color: red }\n",
        "paper.tex": b"\\documentclass{article}\n\\author{CANARY-Jane Doe}\n",
        "front.md": b"---\nauthor: CANARY-Jane Doe\n---\nText\n",
        "change.patch": b"From 0123456789012345678901234567890123456789 Mon Sep 17 00:00:00 2001\nFrom: CANARY-Jane <c@x>\nSubject: x\n\ndiff --git a/x b/x\n",
        "key.asc": b"-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA256\n\nx\n",
        "film.torrent": b"d10:created by14:CANARY-Program7:comment11:CANARY-Note4:infod4:name3:abcee",
        "site.url": b"[InternetShortcut]\r\nURL=file:///C:/Users/canary/x.htm\r\n",
        "link.lnk": bytes.fromhex("4c0000000114020000000000c000000000000046") + bytes(56) + WHO.encode() + bytes(4),
        "files.zip": zipped(
            {
                "CANARY-letter.txt": "x",
                "inner.docx": zipped({"[Content_Types].xml": _TYPES, "docProps/core.xml": _CORE}),
            },
            comment=b"CANARY-Comment",
        ),
        "sums.zip": bytes(gap) + b"",
        "files.tar": held.getvalue(),
        "one.gz": b"\x1f\x8b\x08\x08"
        + struct.pack("<I", 1_764_540_000)
        + b"\x02\xffCANARY-name.txt\0"
        + gzip.compress(b"x", mtime=0)[10:],
        "packed.7z": b"7z\xbc\xaf\x27\x1c" + bytes(range(40, 90)),
        "packed.xz": b"\xfd7zXZ\0" + bytes(range(40)),
        "data.sqlite": b"SQLite format 3\0" + bytes(80) + b"CREATE TABLE canary (owner) CANARY-Row of Jane",
        "program.exe": b"MZ" + bytes(60) + "CANARY-Company".encode("utf-16-le"),
        "unknown.bin": unknown,
    }


def every_file() -> dict[str, bytes]:
    """All of them by name."""
    return {**pictures(), **documents(), **media(), **others()}
