#!/usr/bin/env python3
"""Small valid files for the fuzz targets to start from, a folder for each reader.

    seeds.py FOLDER
    bin/fuzz_csv -max_total_time=600 -rss_limit_mb=1024 -malloc_limit_mb=600 -timeout=20 CORPUS FOLDER/csv

CORPUS is where a target keeps what it finds. JPEG, TIFF, FLAC and OGG files are made where this Python
has Pillow and soundfile.
"""
import array
import gzip
import importlib.util
import io
import json
import pathlib
import sqlite3
import struct
import sys
import tempfile
import wave
import zipfile
import zlib

ROOT = pathlib.Path(__file__).resolve().parents[2]
TABLE = b'id,when,size,kind\n1,2024-02-29,1.5,a\n2,2024-03-01T12:00:00Z,-1,"b, ""c"""\n3,,NA,d\n'
ROWS = [{"id": 1, "kind": "a", "size": 1.5}, {"id": 2, "kind": None, "more": {"deep": [1, 2]}}, {"id": "x\u00e9"}]
SERIES = "@problemName small\n@timeStamps {0}\n@missing true\n@univariate {1}\n@classLabel true up down\n@data\n{2}"
STAMPED = "(2024-01-01 00:00:00,1.5),(2024-01-01 01:00:00,2):up\n(0,1),(1,?):down\n"
NUMBER = {"name": "size", "type": "number", "fill": 1.5, "mean": 2, "deviation": 0.5, "indicator": True,
          "constant": False, "missing": ["NA"]}
KIND = {"name": "kind", "type": "category", "categories": ["a", "b", "c"]}
WHEN = {**NUMBER, "name": "when", "type": "datetime", "month_first": False, "cycles": [True, False, True]}
PREPROCESSORS = {
    "table": {"categories": "one-hot", "columns": [NUMBER, KIND, WHEN]},
    "image": {"channels": 1, "height": 2, "width": 2, "scale": [0.01], "offset": [-0.5],
              "reduction": {"method": "pca", "mean": [0, 1, 2, 3], "basis": [1, 0, 0, 0], "scale": 1, "kept": 0.9}},
    "sequence": {"steps": 4, "channels": [NUMBER, NUMBER],
                 "sound": {"features": "log-mel", "rate": 8000, "bands": 2, "window": 0.02, "step": 0.01, "length": 1}},
}


def npy(shape, kind, data):
    head = f"{{'descr': '{kind}', 'fortran_order': False, 'shape': {shape}, }}".encode()
    head += b" " * (63 - (len(head) + 10) % 64) + b"\n"
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(head)) + head + data


def npz(method):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as file:
        file.writestr("x.npy", npy((2, 3, 2), "<f4", struct.pack("<12f", *range(12))))
        file.writestr("y.npy", npy((2,), "<i8", struct.pack("<2q", 0, 1)))
    return out.getvalue()


def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(bits, colour, samples):
    """4 x 4 pixels."""
    row = b"\x00" + bytes(range(4 * samples * bits // 8))
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">2I5B", 4, 4, bits, colour, 0, 0, 0))
            + chunk(b"IDAT", zlib.compress(row * 4)) + chunk(b"IEND", b""))


def bmp():
    pixels = bytes(range(48))
    head = (54 + len(pixels), 0, 0, 54, 40, 4, 4, 1, 24, 0, len(pixels), 0, 0, 0, 0)
    return b"BM" + struct.pack("<I2H4I2H6I", *head) + pixels


def pictures():
    found = {"grey": png(8, 0, 1), "rgb": png(8, 2, 3), "alpha16": png(16, 6, 4), "bmp": bmp()}
    if importlib.util.find_spec("PIL"):
        from PIL import Image
        picture = Image.frombytes("RGB", (8, 8), bytes(range(192)))
        for kind in ("JPEG", "TIFF", "GIF"):
            out = io.BytesIO()
            picture.save(out, kind)
            found[kind] = out.getvalue()
    return found


def sounds():
    found = {}
    for width, channels in ((1, 1), (2, 2), (3, 1)):
        out = io.BytesIO()
        with wave.open(out, "wb") as file:
            file.setnchannels(channels)
            file.setsampwidth(width)
            file.setframerate(8000)
            file.writeframes(bytes(i * 37 % 256 for i in range(800 * width * channels)))
        found[f"wav{width}"] = out.getvalue()
    if importlib.util.find_spec("soundfile"):
        import numpy
        import soundfile
        for kind in ("FLAC", "OGG", "AIFF"):
            out = io.BytesIO()
            soundfile.write(out, numpy.sin(numpy.arange(800) / 5), 8000, format=kind)
            found[kind] = out.getvalue()
    return found


def database():
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / "small.db"
        connection = sqlite3.connect(path)
        connection.execute("PRAGMA page_size=512")
        connection.execute("CREATE TABLE t (id INTEGER PRIMARY KEY, size REAL, kind TEXT, more BLOB)")
        connection.executemany("INSERT INTO t VALUES (?, ?, ?, ?)", [(i, i / 3, "k" * i, b"\x00") for i in range(9)])
        connection.commit()
        connection.close()
        return path.read_bytes()


def idx(kind, sizes, data):
    return struct.pack(">2x2B", kind, len(sizes)) + struct.pack(f">{len(sizes)}I", *sizes) + data


def seeds():
    stamped = SERIES.format("true", "true", STAMPED)
    plain = SERIES.format("false", "false", "1,2,?:4,5:up\n3:6,7,8:down\n")
    cells = ["1.5 2 3", "[1, 2.5, -3e4]", "[[1, 2], [3, 4]]", "1;2;3", "(1,2)"]
    lines = "".join(json.dumps(row) + "\n" for row in ROWS)
    projects = {f"{file.parent.name}": file.read_bytes() for file in ROOT.glob("examples/*/project.yaml")}
    return {
        "csv": {"table": TABLE, "semicolons": TABLE.replace(b",", b";"), "tabs": TABLE.replace(b",", b"\t"),
                "utf16": TABLE.decode().encode("utf-16"), "bom": b"\xef\xbb\xbf" + TABLE,
                "carriage": TABLE.replace(b"\n", b"\r\n")},
        "json_lines": {"rows": lines.encode()},
        "lines": {"text": "One line.\nAnother, with \u00e9.\n\n".encode(), "utf16": "One\ntwo\n".encode("utf-16")},
        "packed": {"gzip": gzip.compress(TABLE, mtime=0), "two": gzip.compress(TABLE, mtime=0) * 2,
                   "zstd": bytes.fromhex("28b52ffd2403190000") + b"abc" + bytes.fromhex("5b6d4ee0")},
        "arrays": {"stored": npz(zipfile.ZIP_STORED), "deflated": npz(zipfile.ZIP_DEFLATED),
                   "alone": npy((4, 2), "<f8", struct.pack("<8d", *range(8)))},
        "idx": {"labels": idx(8, [4], bytes(4)), "pictures": idx(8, [2, 3, 3], bytes(range(18)))},
        "picture": pictures(), "picture_folder": pictures(), "sound": sounds(), "sound_folder": sounds(),
        "series": {"stamped": stamped.encode(), "plain": plain.encode()},
        "series_cell": {str(i): cell.encode() for i, cell in enumerate(cells)},
        "sqlite": {"small": database()},
        "project": projects,
        "preprocessor": {kind: json.dumps({"version": 1, "kind": kind, **more}).encode()
                         for kind, more in PREPROCESSORS.items()},
    }


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    for reader, files in seeds().items():
        folder = pathlib.Path(sys.argv[1]) / reader
        folder.mkdir(parents=True, exist_ok=True)
        for name, data in files.items():
            (folder / name).write_bytes(data)


if __name__ == "__main__":
    main()
